/* Remembers the chosen theme in a cookie, so that the server writes it into the next page. */
import { applyTheme } from "../theme";

const A_YEAR_S = 31_536_000;

export function installThemeSwitch(): void {
  document.addEventListener("click", (event) => {
    const choice = (event.target as Element).closest<HTMLElement>("[data-theme-choice]");
    if (!choice) return;
    const theme = choice.dataset.themeChoice ?? "auto";
    document.documentElement.dataset.theme = theme;
    document.cookie = `shuke_theme=${theme}; path=/; max-age=${A_YEAR_S}; samesite=lax`;
    applyTheme();
    for (const other of document.querySelectorAll("[data-theme-choice]")) {
      other.setAttribute("aria-current", String(other === choice));
    }
  });
}
