/** Light or dark: as the system has it, unless this reader chose. Loaded first, so that a page never flashes. */

const KEPT = "tellonce.theme";

export const THEMES = ["system", "light", "dark"];
export const theme = () => localStorage.getItem(KEPT) ?? "system";

export function useTheme(wanted) {
  if (wanted === "system") localStorage.removeItem(KEPT);
  else localStorage.setItem(KEPT, wanted);
  apply();
}

function apply() {
  const chosen = theme();
  if (chosen === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}

apply();
