//! What the plugin needs of Argo CD, where Argo CD's own objects are among the manifests.

use super::finding::Finding;
use super::flat::Part;
use super::member::Member;
use super::view::View;
use super::{Family, Rule};
use crate::api::{kinds, labels, volume};
use crate::diagnostic::Code;
use crate::object::{Location, Node};

/// The program that runs a plugin in its sidecar.
pub(super) const CMP_SERVER: &str = "argocd-cmp-server";
/// The plugin's name, with or without a version behind it.
const PLUGIN: &str = "plumber";
const OPTION_RESPECT: &str = "RespectIgnoreDifferences=true";
const SETTINGS: &str = "argocd-cm";
const PARAMETERS: &str = "argocd-cmd-params-cm";
const SERVER_SIDE: &str = "controller.diff.server.side";

pub(super) const FAMILY: Family = Family {
    check,
    rules: &[
        Rule {
            code: Code::ArgocdForceReplace,
            why: "With `Force=true` Argo CD deletes an object whose change the API server refuses \
                  and makes it anew. The reference on a volume that exists is such a change: the \
                  volume and its data are gone. `Replace=true` becomes the same with one word more.",
            fix: "Remove the option. On other objects set it by annotation where it is needed.",
        },
        Rule {
            code: Code::ArgocdIgnoresNotRespected,
            why: "Without `RespectIgnoreDifferences=true` Argo CD applies the reference to volumes \
                  that exist, the API server refuses it, and the sync fails.",
            fix: "Add `RespectIgnoreDifferences=true` to the application's `syncOptions`.",
        },
        Rule {
            code: Code::ArgocdIgnoreRuleMissing,
            why: "The reference of an existing volume cannot be changed. Without a rule that \
                  ignores it the application is out of sync for ever and its sync fails.",
            fix: "Add deploy/argocd/argocd-cm.yaml to Argo CD's settings.",
        },
        Rule {
            code: Code::ArgocdServerSideDiff,
            why: "Server-side diff asks the API server before anything is ignored. On a volume \
                  that was made without the reference it fails, and with it the comparison of the \
                  whole application, which is then not synced at all.",
            fix: "Annotate the Application `argocd.argoproj.io/compare-options: \
                  ServerSideDiff=false`.",
        },
        Rule {
            code: Code::ArgocdPluginDiscovery,
            why: "When discovery fails Argo CD renders the folder without the plugin and calls it \
                  a success: every rendered source and destination is pruned.",
            fix: "Remove `discover`, and name the plugin in each application.",
        },
        Rule {
            code: Code::ArgocdSharedTmp,
            why: "A plugin's server empties its folder in `/tmp` when it starts. In a shared `/tmp` \
                  the restart of one sidecar takes away what another is rendering.",
            fix: "Give every sidecar an emptyDir of its own at `/tmp`.",
        },
    ],
};

fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    volumes(view, found);
    for application in view.of_kind(kinds::APPLICATION) {
        applied(view, application, &["spec"], &["metadata", "annotations"], found);
    }
    for set in view.of_kind(kinds::APPLICATION_SET) {
        let template = ["spec", "template", "metadata", "annotations"];
        applied(view, set, &["spec", "template", "spec"], &template, found);
    }
    plugins(view, found);
    sidecars(view, found);
}

/// Returns the option that deletes volumes, if a list of options holds one.
fn deadly<'t>(options: impl Iterator<Item = &'t str>) -> Option<&'t str> {
    options.map(str::trim).find(|option| matches!(*option, "Force=true" | "Replace=true"))
}

fn forced(member: &Member, option: &str, what: &str, at: Location) -> Finding {
    let does = if option == "Force=true" {
        "deletes it and makes it anew when a change is refused"
    } else {
        "deletes it and makes it anew as soon as a sync is forced"
    };
    member
        .finding(Code::ArgocdForceReplace, format!("{option} on {what}: Argo CD {does}"))
        .at(at)
        .help(format!("remove {option}"))
}

fn volumes(view: &View<'_>, found: &mut Vec<Finding>) {
    for volume in view.volumes().filter(|volume| !volume.is_made) {
        let pvc = &volume.member;
        let options = pvc.annotation(labels::ARGOCD_SYNC_OPTIONS).unwrap_or_default();
        if let Some(option) = deadly(options.split(',')) {
            let at = pvc.at(&["metadata", "annotations", labels::ARGOCD_SYNC_OPTIONS]);
            found.push(forced(pvc, option, "a volume", at));
        }
    }
}

fn applied(
    view: &View<'_>,
    member: &Member,
    spec: &[&str],
    annotations: &[&str],
    found: &mut Vec<Finding>,
) {
    let within = |path: &[&'static str]| -> Vec<&str> {
        spec.iter().copied().chain(path.iter().copied()).collect()
    };
    let uses_plugin = uses_plugin(member.get(spec));
    let path = within(&["syncPolicy", "syncOptions"]);
    let options: Vec<Part<'_>> = member.items(&path).collect();
    let words = || options.iter().filter_map(|option| option.as_str());
    if let Some(option) = deadly(words())
        && (uses_plugin || is_of_volumes(view, member, spec))
    {
        let part = options.iter().find(|part| part.as_str().map(str::trim) == Some(option));
        let at = part.map_or_else(|| member.at(&path), |part| member.locate(part.mark));
        found.push(forced(member, option, "an application with volumes", at));
    }
    if !uses_plugin {
        return;
    }
    if !words().any(|option| option.trim() == OPTION_RESPECT) {
        found.push(
            member
                .finding(
                    Code::ArgocdIgnoresNotRespected,
                    format!("the plugin {PLUGIN} is used without {OPTION_RESPECT}"),
                )
                .at(member.at(&path))
                .help(format!("add {OPTION_RESPECT} to syncPolicy.syncOptions")),
        );
    }
    let settings = view.of_kind(kinds::CONFIG_MAP).iter().find(|map| map.name() == SETTINGS);
    if let Some(settings) = settings
        && !member.items(&within(&["ignoreDifferences"])).any(ignores_reference)
        && !is_ignored_everywhere(settings)
    {
        found.push(
            member
                .finding(
                    Code::ArgocdIgnoreRuleMissing,
                    format!(
                        "neither the application nor {} ignores /spec/{} of volumes",
                        settings.about().id(),
                        volume::DATA_SOURCE_REF
                    ),
                )
                .help("add deploy/argocd/argocd-cm.yaml to Argo CD's settings")
                .also(settings),
        );
    }
    let mut compare = annotations.to_vec();
    compare.push(labels::ARGOCD_COMPARE_OPTIONS);
    let stated = member.text(&compare).unwrap_or_default();
    let says = |word: &str| stated.split(',').any(|option| option.trim() == word);
    let everywhere = view
        .of_kind(kinds::CONFIG_MAP)
        .iter()
        .any(|map| map.name() == PARAMETERS && map.text(&["data", SERVER_SIDE]) == Some("true"));
    if says("ServerSideDiff=true") || everywhere && !says("ServerSideDiff=false") {
        found.push(
            member
                .finding(
                    Code::ArgocdServerSideDiff,
                    format!("the plugin {PLUGIN} is used with server-side diff"),
                )
                .at(member.at(&compare))
                .help(format!(
                    "annotate it {}: ServerSideDiff=false",
                    labels::ARGOCD_COMPARE_OPTIONS
                )),
        );
    }
}

fn uses_plugin(spec: Option<Part<'_>>) -> bool {
    let Some(spec) = spec else { return false };
    let sources = spec.get("sources").into_iter().flat_map(Part::items);
    sources
        .chain(spec.get("source"))
        .chain(spec.at(&["sourceHydrator", "drySource"]))
        .filter_map(|source| source.text_at(&["plugin", "name"]))
        .any(is_ours)
}

/// `plumber`, or `plumber-v1.2`.
fn is_ours(name: &str) -> bool {
    name == PLUGIN || name.strip_prefix(PLUGIN).is_some_and(|version| version.starts_with("-v"))
}

/// Returns whether a volume of the view stands below the application's folder, as far as that can
/// be told from the path of its file.
fn is_of_volumes(view: &View<'_>, member: &Member, spec: &[&str]) -> bool {
    let mut path = spec.to_vec();
    path.extend(["source", "path"]);
    let Some(folder) = member.text(&path).filter(|path| !path.contains(['{', '*'])) else {
        return false;
    };
    let folder = format!("{}/", folder.trim_matches('/'));
    view.volumes().any(|volume| {
        let source = volume.member.source();
        let application = volume.member.application();
        source.contains(&folder) || format!("{application}/").ends_with(&folder)
    })
}

fn ignores_reference(rule: Part<'_>) -> bool {
    let of_volumes = rule.text_at(&["kind"]).is_some_and(|kind| kind == volume::PVC || kind == "*");
    of_volumes && names_reference(rule)
}

fn names_reference(rule: Part<'_>) -> bool {
    let lists = ["jsonPointers", "jqPathExpressions"].into_iter().filter_map(|key| rule.get(key));
    let mut paths = lists.flat_map(Part::items).filter_map(Part::as_str);
    paths.any(|path| path.contains(volume::DATA_SOURCE_REF))
}

fn is_ignored_everywhere(settings: &Member) -> bool {
    settings.entries(&["data"]).any(|entry| {
        entry.key.starts_with("resource.customizations")
            && (entry.key.contains(volume::PVC)
                || entry.value.as_str().is_some_and(|text| text.contains(volume::PVC)))
            && entry.value.as_str().is_some_and(|text| text.contains(volume::DATA_SOURCE_REF))
    })
}

/// Plugins as objects, or as text in a ConfigMap.
fn plugins(view: &View<'_>, found: &mut Vec<Finding>) {
    let mut tell = |member: &Member, at: Location| {
        found.push(
            member
                .finding(
                    Code::ArgocdPluginDiscovery,
                    "the plugin is discovered; where that fails, Argo CD renders without it and \
                     prunes what it had added",
                )
                .at(at)
                .help("remove discover, and name the plugin in each application"),
        );
    };
    for plugin in view.of_kind(kinds::CONFIG_MANAGEMENT_PLUGIN) {
        if runs_us(&plugin.content().to_node()) && plugin.get(&["spec", "discover"]).is_some() {
            tell(plugin, plugin.at(&["spec", "discover"]));
        }
    }
    for map in view.of_kind(kinds::CONFIG_MAP) {
        for entry in map.entries(&["data"]) {
            let Some(text) = entry.value.as_str() else { continue };
            if !text.contains(kinds::CONFIG_MANAGEMENT_PLUGIN) {
                continue;
            }
            let decoded = crate::manifest::decode(&map.source().into(), 1, text);
            let Some(plugin) = decoded.ok().and_then(|decoded| decoded.node) else { continue };
            if runs_us(&plugin) && plugin.at(&["spec", "discover"]).is_some_and(|d| !d.is_null()) {
                tell(map, map.locate(entry.mark));
            }
        }
    }
}

fn runs_us(plugin: &Node) -> bool {
    let generate = plugin.at(&["spec", "generate"]);
    let words = ["command", "args"].into_iter().filter_map(|key| generate?.get(key)?.items());
    words
        .flatten()
        .filter_map(Node::as_str)
        .any(|word| word.split_whitespace().any(|word| word.rsplit('/').next() == Some(PLUGIN)))
}

fn sidecars(view: &View<'_>, found: &mut Vec<Finding>) {
    for server in view.of_kind(kinds::DEPLOYMENT) {
        let containers = server.items(&["spec", "template", "spec", "containers"]);
        let containers: Vec<Node> = containers.map(Part::to_node).collect();
        let tmp = |container: &Node| {
            let mounts = container.get("volumeMounts").and_then(Node::items).unwrap_or_default();
            let mount = mounts.iter().find(|m| m.text_at(&["mountPath"]) == Some("/tmp"))?;
            let part = mount.text_at(&["subPath"]).unwrap_or_default();
            Some((mount.text_at(&["name"])?.to_owned(), part.to_owned(), mount.mark))
        };
        let is_sidecar = |container: &Node| {
            let command = container.get("command").and_then(Node::items).unwrap_or_default();
            command.iter().any(|word| word.as_str().is_some_and(|word| word.ends_with(CMP_SERVER)))
        };
        let is_named = |container: &Node| {
            let said = ["name", "image"].into_iter().filter_map(|key| container.text_at(&[key]));
            said.into_iter().any(|text| text.contains(PLUGIN))
        };
        for (index, container) in containers.iter().enumerate() {
            let Some((name, part, mark)) = tmp(container).filter(|_| is_sidecar(container)) else {
                continue;
            };
            let shares = |(other, node): &(usize, &Node)| {
                *other != index
                    && is_sidecar(node)
                    && (is_named(node) || is_named(container))
                    && tmp(node).is_some_and(|(n, p, _)| n == name && p == part)
            };
            let Some((_, other)) = containers.iter().enumerate().find(shares) else { continue };
            let called = |node: &Node| node.text_at(&["name"]).unwrap_or("?").to_owned();
            found.push(
                server
                    .finding(
                        Code::ArgocdSharedTmp,
                        format!(
                            "the sidecar {} shares the volume {name} at /tmp with {}",
                            called(container),
                            called(other)
                        ),
                    )
                    .at(server.locate(mark))
                    .help("give the sidecar an emptyDir of its own at /tmp"),
            );
        }
    }
}
