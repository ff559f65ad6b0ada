/*
 * Drop-down menus and the phone's navigation.
 *
 * A menu is the browser's own popover, so the top layer, Escape and clicking elsewhere come for free; this only
 * opens it and puts it beside its button.
 */
const GAP_PX = 4;

function place(button: HTMLElement, menu: HTMLElement): void {
  const anchor = button.getBoundingClientRect();
  const size = menu.getBoundingClientRect();
  const atEnd = menu.dataset.align === "end";
  const left = atEnd ? anchor.right - size.width : anchor.left;
  const below = anchor.bottom + GAP_PX;
  const fitsBelow = below + size.height <= window.innerHeight;
  menu.style.left = `${Math.max(8, Math.min(left, window.innerWidth - size.width - 8))}px`;
  menu.style.top = `${fitsBelow ? below : Math.max(8, anchor.top - GAP_PX - size.height)}px`;
}

function menuOf(button: HTMLElement): HTMLElement | null {
  const menu = button.nextElementSibling;
  return menu instanceof HTMLElement && menu.hasAttribute("popover") ? menu : null;
}

function moveFocus(menu: HTMLElement, step: number): void {
  const items = [...menu.querySelectorAll<HTMLElement>("a[href], button:not([disabled])")];
  const current = items.indexOf(document.activeElement as HTMLElement);
  items.at((current + step + items.length) % items.length)?.focus();
}

export function installMenus(): void {
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const button = target.closest<HTMLElement>("[data-menu]");
    const menu = button && menuOf(button);
    if (button && menu) {
      const opening = !menu.matches(":popover-open");
      menu.togglePopover(opening);
      button.setAttribute("aria-expanded", String(opening));
      if (opening) place(button, menu);
    }
    const toggle = target.closest<HTMLElement>("[data-navigation-toggle]");
    if (toggle) {
      const isOpen = document.documentElement.toggleAttribute("data-navigation-open");
      toggle.setAttribute("aria-expanded", String(isOpen));
    }
  });

  document.addEventListener(
    "toggle",
    (event) => {
      const menu = event.target as HTMLElement;
      const button = menu.previousElementSibling;
      if (button?.matches("[data-menu]")) {
        button.setAttribute("aria-expanded", String((event as ToggleEvent).newState === "open"));
      }
    },
    true,
  );

  document.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const active = document.activeElement;
    const open = active?.matches("[data-menu]") ? menuOf(active as HTMLElement) : active?.closest<HTMLElement>("[popover]");
    if (!open?.matches(":popover-open")) return;
    event.preventDefault();
    moveFocus(open, event.key === "ArrowDown" ? 1 : -1);
  });
}
