// The pages work without this: it tells the server the reader's time zone, copies texts, and keeps what was typed when a session ends.
(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const known = document.cookie.split("; ").find((pair) => pair.startsWith("kudos_zone="));
  if (zone && known !== "kudos_zone=" + zone) {
    document.cookie = "kudos_zone=" + zone + "; path=/; max-age=31536000; samesite=lax" + (location.protocol === "https:" ? "; secure" : "");
    // Seen the first time, a page already shown in UTC is shown again.
    if (!known && document.querySelector("time")) location.reload();
  }
  const ready = (root) => {
    for (const button of root.querySelectorAll("[data-copy]")) button.hidden = false;
  };
  ready(document);
  // In a low window the menu scrolls: where one is stays in sight.
  document.querySelector(".side nav [aria-current]")?.scrollIntoView({ block: "nearest" });
  // As `kudos import` reads a file: a byte order mark says how it is written, else it is UTF-8. What is neither is most likely what
  // spreadsheets write on Windows, and that is said.
  const decoded = (bytes) => {
    const read = (label) => new TextDecoder(label, { fatal: true }).decode(bytes);
    const marks = { "utf-16le": [0xff, 0xfe], "utf-16be": [0xfe, 0xff] };
    const marked = Object.keys(marks).find((label) => marks[label].every((mark, at) => bytes[at] === mark));
    try {
      return { text: read(marked ?? "utf-8"), as: "" };
    } catch {
      return { text: read("windows-1252"), as: "Windows-1252" };
    }
  };
  // A file is read into the field that takes its text.
  const file = document.querySelector("[data-file]");
  if (file) {
    file.hidden = false;
    file.addEventListener("change", async (event) => {
      const chosen = event.target.files[0];
      if (!chosen) return;
      const { text, as } = decoded(new Uint8Array(await chosen.arrayBuffer()));
      document.getElementById(file.dataset.file).value = text;
      const said = file.querySelector("[data-read]");
      said.querySelector("strong").textContent = as;
      said.hidden = !as;
    });
  }
  // Where a link will lead, as its form is filled in.
  const preview = document.querySelector("[data-preview]");
  if (preview) {
    const form = preview.closest("form");
    const lead = () => {
      let url;
      try {
        // As the server reads it: what looks like a host needs no scheme.
        const typed = form.elements.destination.value.trim();
        url = new URL(/^[^\s/?#:]+\.[^\s/?#:]/.test(typed) ? "https://" + typed : typed);
      } catch {}
      for (const field of url ? form.elements : []) {
        if (field.name.startsWith("utm_") && field.value.trim() && !url.searchParams.has(field.name)) {
          url.searchParams.append(field.name, field.value.trim());
        }
      }
      preview.textContent = url ? url.href : "";
      preview.parentElement.hidden = !url;
    };
    form.addEventListener("input", lead);
  }
  // The live feed: new rows on top of those the server sent, for as long as the page is looked at.
  const live = document.querySelector("[data-live]");
  if (live && window.EventSource) {
    const rows = document.getElementById("live");
    const most = 12;
    let source;
    const add = (event) => {
      if (document.getElementById(event.lastEventId)) return;
      const made = document.createElement("template");
      made.innerHTML = event.data;
      rows.querySelector(".none")?.remove();
      made.content.firstElementChild?.classList.add("new");
      rows.prepend(made.content);
      while (rows.children.length > most) rows.lastElementChild.remove();
    };
    const listen = () => {
      source?.close();
      source = undefined;
      if (document.hidden) return;
      const url = new URL(live.dataset.live, location.href);
      const newest = rows.querySelector("tr[id]");
      if (newest) url.searchParams.set("after", newest.id);
      source = new EventSource(url);
      source.onmessage = add;
      source.onopen = () => { live.hidden = false; };
    };
    document.addEventListener("visibilitychange", listen);
    addEventListener("pagehide", () => source?.close());
    addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
    listen();
  }
  // What was typed into a form is kept while it is sent. Where the session had ended meanwhile, or is another one, the page that
  // tells it says so, and the next page has it in its form again: in this window only, for the same user only, and never a
  // password. A form without a field to see, as of rows to be confirmed, fills the fields of the same names in another one.
  const KEPT = "kudos_form";
  const user = document.querySelector(".self a")?.textContent;
  const typed = (form) => [...form.elements].filter((field) =>
    field.name && field.matches("input, select, textarea") && !["hidden", "password", "file"].includes(field.type));
  const unseen = (form) => [...form.elements].filter((field) => field.type === "hidden" && field.name && !["csrf", "once"].includes(field.name));
  const again = ({ action, fields, byName }) => {
    const form = [...document.forms].find((form) => form.getAttribute("action") === action);
    for (const [place, field] of form ? typed(form).entries() : []) {
      const { name, value, checked } = (byName ? fields.find((one) => one.name === field.name) : fields[place]) ?? {};
      if (name !== field.name) continue;
      if (checked === undefined) field.value = value;
      else field.checked = checked;
      if (checked ?? value) field.closest("details")?.toggleAttribute("open", true);
    }
    form?.dispatchEvent(new Event("input"));
    const said = document.querySelector("[data-typed]");
    if (form && said) said.hidden = false;
  };
  const keep = (kept) => {
    try {
      sessionStorage.setItem(KEPT, JSON.stringify(kept));
    } catch {} // there is no room, or none is allowed
  };
  const kept = (() => {
    try {
      return JSON.parse(sessionStorage.getItem(KEPT));
    } catch {}
  })();
  const tooLate = document.querySelector("[data-too-late]");
  if (kept && tooLate && (!user || kept.user === user)) {
    keep({ ...kept, late: true });
    tooLate.hidden = false;
  } else if (kept && user) {
    sessionStorage.removeItem(KEPT);
    if (kept.late && kept.user === user) again(kept);
  }
  document.addEventListener("submit", ({ target: form }) => {
    if (!user || form.method !== "post" || !form.closest("main")) return;
    const told = ({ name, type, value, checked }) => (["checkbox", "radio"].includes(type) ? { name, value, checked } : { name, value });
    const seen = typed(form);
    const fields = (seen.length ? seen : unseen(form)).map(told);
    if (fields.length) keep({ user, action: form.getAttribute("action"), fields, byName: !seen.length });
  });
  // On the last page of a table there is no way on: whoever turned with it goes on from the way back, and likewise on the first.
  let turned = "";
  document.addEventListener("click", (event) => (turned = event.target.closest(".turn a")?.id ?? ""));
  document.addEventListener("htmx:after:swap", () => {
    if (!turned || document.getElementById(turned)) return;
    const back = turned.endsWith("next") ? turned.replace(/next$/, "prev") : turned.replace(/prev$/, "next");
    document.getElementById(back)?.focus({ preventScroll: true });
    turned = "";
  });
  // A form on its way is not sent again; a page that the browser kept as it was can be.
  const sending = (form, on) => {
    for (const button of form.querySelectorAll("button")) button.disabled = on;
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    // Only once the form is read: a button that is disabled would take its name out of it.
    if (form.method === "post" && !event.defaultPrevented) setTimeout(() => sending(form, true));
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) for (const form of document.forms) sending(form, false);
  });
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const input = document.getElementById(button.dataset.copy);
    input.select();
    try {
      await navigator.clipboard.writeText(input.value);
    } catch {
      document.execCommand("copy");
    }
    button.textContent = button.dataset.done;
  });
})();
