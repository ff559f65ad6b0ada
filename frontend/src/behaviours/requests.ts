/* What a failed htmx request tells the person: a notice, never silence. */
const SHOWN_MS = 8000;

function notify(text: string): void {
  const region = document.getElementById("notices");
  const template = document.getElementById("notice-template");
  if (!region || !(template instanceof HTMLTemplateElement)) return;
  const notice = (template.content.cloneNode(true) as DocumentFragment).firstElementChild;
  if (!notice) return;
  const slot = notice.querySelector("[data-notice-text]");
  if (slot) slot.textContent = text;
  region.append(notice);
  window.setTimeout(() => notice.remove(), SHOWN_MS);
}

function words(key: string): string {
  return document.getElementById("notices")?.getAttribute(`data-${key}`) ?? "";
}

export function installRequests(): void {
  document.addEventListener("htmx:responseError", (event) => {
    const { status } = (event as CustomEvent<{ xhr: XMLHttpRequest }>).detail.xhr;
    if (status === 401) window.location.reload();
    else notify(words(status === 403 ? "forbidden" : "failed"));
  });
  document.addEventListener("htmx:sendError", () => notify(words("offline")));
  document.addEventListener("notice", (event) => {
    notify(String((event as CustomEvent<{ value?: string }>).detail?.value ?? ""));
  });
  document.addEventListener("click", (event) => {
    (event.target as Element).closest("[data-dismiss]")?.closest("[data-dismissible]")?.remove();
  });
}
