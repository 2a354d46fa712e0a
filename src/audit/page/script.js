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
  const path = (node) => {
    const steps = [];
    for (let at = node; at && at !== document.body; at = at.parentElement) {
      if (at.id) return [`#${CSS.escape(at.id)}`, ...steps].join(" > ");
      steps.unshift(`${at.localName}:nth-child(${[...at.parentElement.children].indexOf(at) + 1})`);
    }
    return steps.join(" > ");
  };
  const refresh = async () => {
    due = Infinity;
    const active = document.activeElement;
    // Nobody's typing is thrown away.
    if (active && active.closest(".filters")) return later(2000);
    let next;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" }, cache: "no-cache" });
      if (!(answer.headers.get("content-type") || "").includes("html")) throw new Error();
      next = new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch {
      return lost();
    }
    const open = new Set(
      [...document.querySelectorAll("details[open][data-key]")].map((one) => one.dataset.key),
    );
    const focus = active && active !== document.body && path(active);
    const before = document.getElementById("answer")?.textContent;
    for (const id of ["head", "main"]) {
      const [old, fresh] = [document.getElementById(id), next.getElementById(id)];
      if (old && fresh) old.replaceWith(document.adoptNode(fresh));
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
    broken = true;
    say("Not live: plumber does not answer. What is shown gets old; trying again.");
    document.getElementById("health")?.replaceChildren("✖ not live");
    document.getElementById("health")?.setAttribute("class", "health alarm");
  };

  clock();
  reveal();
  setInterval(age, 10000);
  const address = document.body.dataset.events;
  if (!address || !window.EventSource) return;
  const events = new EventSource(address);
  // A verdict that changed is shown at once; that only times moved on can wait.
  events.addEventListener("change", () => later(300));
  events.addEventListener("reset", () => later(300));
  events.addEventListener("revision", () => later(5000));
  events.addEventListener("error", lost);
  events.addEventListener("open", () => {
    if (broken) later(0);
  });
  // Where nothing changes, it is still said that it was looked at.
  setInterval(() => later(0), 60000);
})();
