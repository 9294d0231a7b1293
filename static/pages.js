// The pages work without this: it tells the server the reader's time zone, and copies texts.
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
