/* Small behaviours of the page, each switched on by a data attribute and heard at the document. */
import { installChecks } from "./checks";
import { installConfirm } from "./confirm";
import { installCopy } from "./copy";
import { installDialogs } from "./dialogs";
import { installFilters } from "./filters";
import { installHotkeys } from "./hotkeys";
import { installMenus } from "./menus";
import { installPrint } from "./print";
import { installRequests } from "./requests";
import { installShown } from "./shown";
import { installThemeSwitch } from "./theme-switch";
import { installTimeZone } from "./time-zone";

export function installBehaviours(): void {
  installMenus();
  installDialogs();
  installConfirm();
  installFilters();
  installChecks();
  installCopy();
  installHotkeys();
  installPrint();
  installRequests();
  installShown();
  installThemeSwitch();
  installTimeZone();
}
