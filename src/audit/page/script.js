// Keeps the page fresh, and copies. Everything else works without.
"use strict";

(() => {
  const live = document.getElementById("live");
  const say = (text) => {
    if (live.textContent !== text) live.textContent = text;
  };

  // Copying.
  const reveal = () => {
    if (!navigator.clipboard) return;
    for (const button of document.querySelectorAll("[data-copy], [data-copy-address]")) {
      button.hidden = false;
    }
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy], [data-copy-address]");
    if (!button) return;
    const from = button.dataset.copy && document.getElementById(button.dataset.copy);
    const text = from ? from.textContent : location.href;
    try {
      await navigator.clipboard.writeText(text);
      say("Copied.");
    } catch {
      say("The browser does not let this page copy: mark the text and copy it.");
    }
  });

  // How long ago: one unit, or two where that is coarse, as the server writes it.
  const ago = (seconds) => {
    const [m, h, d] = [60, 3600, 86400].map((unit) => Math.floor(seconds / unit));
    if (d >= 10) return `${d}d`;
    if (d >= 1) return h % 24 ? `${d}d${h % 24}h` : `${d}d`;
    if (h >= 10) return `${h}h`;
    if (h >= 1) return m % 60 ? `${h}h${m % 60}m` : `${h}h`;
    return m >= 1 ? `${m}m` : `${seconds}s`;
  };
  // The server's clock counts: the browser's may be wrong.
  let skew = 0;
  const clock = () => {
    const asked = document.querySelector("[data-asked]");
    if (asked) skew = Date.parse(asked.dateTime) - Date.now();
  };
  const age = () => {
    for (const time of document.querySelectorAll("time[data-age]")) {
      const seconds = Math.floor((Date.now() + skew - Date.parse(time.dateTime)) / 1000);
      if (seconds >= 0) time.textContent = `${ago(seconds)} ago`;
    }
  };

  // Freshness: the head and the main part are asked for again when the server says that something
  // changed. What is open stays open, and the focus stays where it is.
  let timer = 0;
  let due = Infinity;
  let broken = false;
  // A daemon that hangs is one that does not answer.
  const PATIENCE = 10000;
  const path = (node) => {
    const steps = [];
    for (let at = node; at && at !== document.body; at = at.parentElement) {
      if (at.id) return [`#${CSS.escape(at.id)}`, ...steps].join(" > ");
      steps.unshift(`${at.localName}:nth-child(${[...at.parentElement.children].indexOf(at) + 1})`);
    }
    return steps.join(" > ");
  };
  // Puts what is fresh in the place of what is old, around what is kept.
  const swap = (old, fresh, kept) => {
    // What is the same stays, and with it what is marked in it.
    if (old === kept || old.isEqualNode(fresh)) return;
    const has = (one) => one.matches(".filters") || one.querySelector(".filters");
    const inside = kept && [...old.children].find((one) => one.contains(kept));
    const place = inside && [...fresh.children].find(has);
    if (!place) return old.replaceWith(fresh);
    const nodes = [...fresh.childNodes];
    for (const one of [...old.childNodes]) if (one !== inside) one.remove();
    inside.before(...nodes.slice(0, nodes.indexOf(place)));
    inside.after(...nodes.slice(nodes.indexOf(place) + 1));
    swap(inside, place, kept);
  };
  let asking = false;
  const refresh = async () => {
    due = Infinity;
    if (asking) return later(1000);
    asking = true;
    let next;
    try {
      const signal = AbortSignal.timeout(PATIENCE);
      const asked = { headers: { accept: "text/html" }, cache: "no-cache", signal };
      const answer = await fetch(location.href, asked);
      next = new DOMParser().parseFromString(await answer.text(), "text/html");
      // What stands between may answer in the daemon's place, with a page of its own.
      if (!next.body.dataset.events) throw new Error();
    } catch {
      return lost();
    } finally {
      asking = false;
    }
    const active = document.activeElement;
    // Nobody's typing is thrown away.
    const kept = active && active.closest(".filters");
    const open = new Set(
      [...document.querySelectorAll("details[open][data-key]")].map((one) => one.dataset.key),
    );
    const focus = active && active !== document.body && !kept && path(active);
    const before = document.getElementById("answer")?.textContent;
    for (const id of ["head", "main"]) {
      const [old, fresh] = [document.getElementById(id), next.getElementById(id)];
      if (old && fresh) swap(old, document.adoptNode(fresh), kept);
    }
    document.title = next.title;
    for (const one of document.querySelectorAll("details[data-key]")) {
      if (open.has(one.dataset.key)) one.open = true;
    }
    if (focus) document.querySelector(focus)?.focus({ preventScroll: true });
    const after = document.getElementById("answer")?.textContent;
    // Only what matters is announced: times move on all the while.
    if (after && after !== before) say(`Changed: ${after}`);
    else if (broken) say("Live again.");
    broken = false;
    delete document.body.dataset.lost;
    clock();
    reveal();
  };
  // The soonest of what was asked for counts.
  const later = (wait) => {
    if (Date.now() + wait >= due) return;
    due = Date.now() + wait;
    clearTimeout(timer);
    timer = setTimeout(refresh, wait);
  };
  const lost = () => {
    if (!broken) {
      broken = true;
      document.body.dataset.lost = "";
      document.title = `✖ not live – ${document.title}`;
      document.getElementById("health")?.replaceChildren("✖ not live");
      document.getElementById("health")?.setAttribute("class", "health alarm");
      const at = new Date().toTimeString().slice(0, 5);
      say(`Not live since ${at}: plumber does not answer. What is shown is of before, and gets older. Trying again by itself.`);
    }
    later(5000);
  };

  clock();
  reveal();
  setInterval(age, 10000);
  const address = document.body.dataset.events;
  if (!address || !window.EventSource) return;
  let events;
  const rest = () => {
    if (events) events.close();
    events = undefined;
  };
  // Only a page that is seen holds a connection: a browser has six for all its tabs together.
  const follow = () => {
    if (events || document.hidden) return;
    events = new EventSource(address);
    // A verdict that changed is shown at once; that only times moved on can wait.
    events.addEventListener("change", () => later(300));
    events.addEventListener("reset", () => later(300));
    events.addEventListener("revision", () => later(5000));
    events.addEventListener("open", () => {
      if (broken) later(0);
    });
    // Events may break off for many reasons; whether plumber answers is seen by asking it.
    events.addEventListener("error", () => {
      later(0);
      // After a refusal the browser does not come again by itself.
      if (events && events.readyState === EventSource.CLOSED) {
        rest();
        setTimeout(follow, PATIENCE);
      }
    });
  };
  follow();
  // Where nothing changes, it is still said that it was looked at.
  setInterval(() => later(0), 60000);
  // Whoever comes back to the page, or to the network, sees what is so now.
  addEventListener("online", () => later(0));
  addEventListener("pagehide", rest);
  addEventListener("pageshow", follow);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return rest();
    follow();
    later(0);
  });
})();
