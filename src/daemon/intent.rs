//! What Git intends, kept up to date: a checkout and the applications that name parts of it.
//!
//! Takes a folder, whose link may be swapped, and the Applications of the cluster, or `apps:` of the
//! folder's configuration; tells what they render to. A part is rendered again when something that
//! it hangs on has changed; one that does not render keeps what it was, and says so.

mod apps;
mod checkout;
mod overrides;
mod part;
mod plain;
mod remote;
mod render;
mod substitute;

pub(super) use part::{Part, parts};

use super::options::{Options, Rendering};
use super::state::Source;
use crate::audit::{Intent, Origin, Packer};
use crate::config::Config;
use apps::Configured;
use checkout::Checkout;
use jiff::Timestamp;
use part::How;
use remote::{Remote, Strangers, of_this};
use render::Rendered;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tracing::{info, warn};

/// What the cluster's Applications name.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum Named {
    /// They are not read yet.
    #[default]
    Unread,
    /// They cannot be read, or there are none.
    None,
    /// These parts.
    Parts(Arc<Vec<Part>>),
}

/// What Git intends, and where it comes from.
#[derive(Debug)]
pub(super) struct Intended {
    /// What it intends.
    pub(super) intent: Intent,
    /// By which configuration what is in no part is judged.
    pub(super) config: Config,
    /// The parts.
    pub(super) sources: Vec<Source>,
}

/// The parts that are rendered, with what they hang on.
#[derive(Default)]
struct Renders {
    kept: BTreeMap<String, Kept>,
    packer: Packer,
}

/// What a part hangs on: as long as this is the same, so is what it renders to.
#[derive(Default, PartialEq)]
struct On {
    /// How it is rendered, and its files.
    files: String,
    /// What configures it.
    settings: String,
}

/// A part as it was rendered.
struct Kept {
    /// What it hung on.
    on: On,
    /// What it was rendered to, where it ever was.
    rendered: Option<Rendered>,
    source: Source,
    /// Whether its application is one of Argo CD's, by which objects in the cluster are tracked.
    is_tracked: bool,
}

/// Renders until nothing listens any more. Tells, too, when it last looked whether there was
/// something to render: a folder in which nothing changes is no folder that is not read.
pub(super) async fn run(
    options: Options,
    mut named: watch::Receiver<Named>,
    look: watch::Sender<Option<Timestamp>>,
    told: mpsc::Sender<Intended>,
) {
    let mut kept = Some(Renders::default());
    let mut last: Option<(Result<Checkout, String>, Named)> = None;
    loop {
        let now = match options.rendering {
            Rendering::Whole => Named::None,
            Rendering::Applications => named.borrow_and_update().clone(),
        };
        if now == Named::Unread {
            if named.changed().await.is_err() {
                return;
            }
            continue;
        }
        let began = options.clock.now();
        let folder = options.manifests.clone();
        let Ok(looked) = spawn_blocking(move || checkout::look(&folder)).await else { return };
        if last.as_ref().is_none_or(|last| *last != (looked.clone(), now.clone())) {
            let mut rendering = kept.take().unwrap_or_default();
            let (of, by, at) = (options.clone(), now.clone(), looked.clone());
            let worked = spawn_blocking(move || {
                let intended = rendering.render(&of, &by, at);
                (rendering, intended)
            });
            let Ok((rendering, intended)) = worked.await else { return };
            kept = Some(rendering);
            // A checkout that was swapped meanwhile is looked at again, and this is none.
            let Some(intended) = intended else { continue };
            if told.send(intended).await.is_err() {
                return;
            }
            last = Some((looked, now));
        }
        look.send_replace(Some(began));
        tokio::select! {
            () = sleep(options.poll) => {}
            changed = named.changed() => if changed.is_err() { return },
            () = told.closed() => return,
        }
    }
}

impl Renders {
    /// Renders what has changed; nothing where the checkout is no longer what it was.
    fn render(
        &mut self,
        options: &Options,
        named: &Named,
        looked: Result<Checkout, String>,
    ) -> Option<Intended> {
        let now = options.clock.now();
        let checkout = match looked {
            Ok(checkout) => checkout,
            Err(why) => return Some(self.unreadable(options, &why)),
        };
        let Chosen { parts, config: own } = match chosen(named, &checkout, options) {
            Ok(chosen) => chosen,
            Err(why) => {
                let why = why.replace(&format!("{}/", checkout.root.display()), "");
                return Some(self.unreadable(options, &why));
            }
        };
        let mut whole = None;
        let mut before = std::mem::take(&mut self.kept);
        let mut intent = Intent::default();
        let mut config = own;
        for part in &parts {
            let name = name(part, &self.kept);
            let known = before.remove(&name);
            let on = hangs_on(part, &checkout, options, &mut whole);
            let kept = match known {
                Some(kept) if kept.on == on => kept,
                Some(kept) if kept.is_configured_alike(&on, part, &checkout, options) => {
                    Kept { on, ..kept }
                }
                known => {
                    let old = known.and_then(|kept| kept.rendered);
                    let rendered =
                        render::render(&checkout.root, part, &options.planning, &self.packer);
                    if rendered.is_err()
                        && checkout::resolved(&options.manifests).ok().as_ref()
                            != Some(&checkout.root)
                    {
                        self.kept.append(&mut before);
                        return None;
                    }
                    let is_tracked = part.how != How::Configured;
                    let mut source = source(part);
                    source.attempted_at = Some(now);
                    match rendered {
                        Ok(rendered) => {
                            info!(app = part.app, path = part.path, "rendered");
                            source.rendered_at = Some(now);
                            source.error.clone_from(&rendered.refusal);
                            Kept { on, rendered: Some(rendered), source, is_tracked }
                        }
                        Err(why) => {
                            warn!(app = part.app, path = part.path, error = why, "does not render");
                            source.error = Some(why);
                            Kept { on, rendered: old, source, is_tracked }
                        }
                    }
                }
            };
            self.kept.insert(name, kept);
        }
        let mut sources = Vec::new();
        for kept in self.kept.values_mut() {
            kept.source.revision.clone_from(&checkout.revision);
            intent.merge(kept.intent());
            if let Some(rendered) = &kept.rendered
                && config.is_none()
            {
                config = Some(rendered.config.clone());
            }
            sources.push(kept.source.clone());
        }
        intent.settle();
        Some(Intended { intent, config: config.unwrap_or_default(), sources })
    }

    /// Says of everything that it cannot be rendered now.
    fn unreadable(&mut self, options: &Options, why: &str) -> Intended {
        let now = options.clock.now();
        let path = options.manifests.display().to_string();
        warn!(path, error = why, "the checkout cannot be read");
        if self.kept.is_empty() {
            let source = Source { path, ..source(&Part::whole()) };
            let kept = Kept { on: On::default(), rendered: None, source, is_tracked: false };
            self.kept.insert(String::new(), kept);
        }
        let (mut intent, mut sources) = (Intent::default(), Vec::new());
        let mut config = Config::default();
        for kept in self.kept.values_mut() {
            kept.on = On::default();
            kept.source.attempted_at = Some(now);
            kept.source.error = Some(why.to_owned());
            intent.merge(kept.intent());
            if let Some(rendered) = &kept.rendered {
                config = rendered.config.clone();
            }
            sources.push(kept.source.clone());
        }
        intent.settle();
        Intended { intent, config, sources }
    }
}

impl Kept {
    /// Returns whether nothing has changed but files of the configuration, and what they say for
    /// this part has not.
    fn is_configured_alike(
        &self,
        on: &On,
        part: &Part,
        checkout: &Checkout,
        options: &Options,
    ) -> bool {
        let Some(rendered) = self.rendered.as_ref().filter(|_| self.on.files == on.files) else {
            return false;
        };
        let resolved = render::resolved(&checkout.root, part, &options.planning);
        // What failed since is tried again.
        self.source.error == rendered.refusal
            && resolved.is_ok_and(|resolved| {
                apps::rendering(&resolved.config) == apps::rendering(&rendered.config)
            })
    }

    /// Returns what it intends, with where that comes from now.
    fn intent(&self) -> Intent {
        let Source { app, repo, path, revision, rendered_at, error, .. } = &self.source;
        let rendered = self.rendered.as_ref();
        let refusal = rendered.and_then(|rendered| rendered.refusal.clone());
        let error = error.clone().filter(|error| refusal.as_ref() != Some(error));
        let origin = Arc::new(Origin {
            // What Argo CD calls the application that does not render is not known.
            app: app.clone().filter(|_| self.is_tracked || error.is_none()),
            repo: repo.clone(),
            namespace: self.source.namespace.clone(),
            path: path.clone(),
            revision: revision.clone(),
            digest: rendered.map(|rendered| rendered.digest.clone()).unwrap_or_default(),
            rendered_at: *rendered_at,
            error,
            refusal,
            config: rendered.map(|rendered| Arc::new(rendered.config.clone())),
        });
        let mut intent = rendered.map(|rendered| rendered.intent.clone()).unwrap_or_default();
        intent.stamp(&origin);
        intent
    }
}

fn source(part: &Part) -> Source {
    Source {
        app: part.app.clone(),
        repo: part.repo.clone(),
        namespace: part.namespace.clone(),
        path: part.path.clone(),
        revision: None,
        attempted_at: None,
        rendered_at: None,
        error: None,
    }
}

/// Names a part; an application may name one folder twice.
fn name(part: &Part, taken: &BTreeMap<String, Kept>) -> String {
    let base = format!("{}\n{}", part.app.as_deref().unwrap_or_default(), part.path);
    let names = (0..).map(|n| if n == 0 { base.clone() } else { format!("{base}\n{n}") });
    names.into_iter().find(|name| !taken.contains_key(name)).unwrap_or(base.clone())
}

/// The parts that are rendered.
struct Chosen {
    parts: Vec<Part>,
    /// By which configuration what is in no part is judged, where it is not that of a part.
    config: Option<Config>,
}

/// Returns the parts that are rendered: those that applications name; where none of them is in the
/// folder, those that `apps:` names; without any, the whole folder, unless the applications are of
/// other repositories: then it is not known that anything of the folder is applied.
fn chosen(named: &Named, checkout: &Checkout, options: &Options) -> Result<Chosen, String> {
    let is_here =
        |part: &Part| !matches!(part.how, How::Not(_)) && checkout.root.join(&part.path).exists();
    let remotes: Vec<Remote> = match options.repositories.as_slice() {
        [] => checkout.remote.iter().map(|address| Remote::of(address)).collect(),
        given => given.iter().map(|address| Remote::of(address)).collect(),
    };
    let (mut strange, mut strangers) = (Vec::new(), Strangers::None);
    if let Named::Parts(parts) = named {
        (strange, strangers) = of_this(parts, &remotes);
        if strange.iter().any(is_here) {
            return Ok(Chosen { parts: strange, config: None });
        }
    }
    if options.rendering == Rendering::Applications {
        let configured = apps::configured(&checkout.root, &options.planning)?;
        if !configured.parts.is_empty() {
            let Configured { mut parts, config } = configured;
            if strangers == Strangers::Some {
                parts.append(&mut strange);
            }
            return Ok(Chosen { parts, config: Some(config) });
        }
    }
    let whole = vec![Part::whole()];
    Ok(Chosen { parts: if strangers == Strangers::Some { strange } else { whole }, config: None })
}

/// Says what a part hangs on.
fn hangs_on(part: &Part, checkout: &Checkout, options: &Options, whole: &mut Option<String>) -> On {
    let folder = checkout.root.join(&part.path);
    let all = |whole: &mut Option<String>| {
        whole
            .get_or_insert_with(|| {
                checkout::digest(&checkout.root, &checkout.root).unwrap_or_else(|why| why)
            })
            .clone()
    };
    let reaches_out = match &part.how {
        How::Not(_) => return On { files: format!("{:?}", part.how), ..On::default() },
        How::Whole => true,
        How::Configured => false,
        // Files of values can be named by the Application.
        How::Plugin(variables) => variables.values().any(|value| value.contains("..")),
        How::Plain(plain) => plain.reaches_out(),
    };
    let files = if reaches_out || checkout::reaches_out(&folder) {
        all(whole)
    } else {
        checkout::digest(&checkout.root, &folder).unwrap_or_else(|why| why)
    };
    let settings =
        checkout::settings(&checkout.root, &part.path, options.planning.config.as_deref());
    On { files: format!("{:?}\n{:?}\n{files}", part.how, part.namespace), settings }
}
