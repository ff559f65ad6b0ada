/*
 * Asks before something that cannot be taken back. `hx-confirm` and `data-confirm` (on a form or a link) both use
 * the page's one confirmation dialog.
 */
interface ConfirmRequest {
  question: string | null;
  issueRequest(skipConfirmation: boolean): void;
}

function ask(question: string, proceed: () => void): void {
  const dialog = document.getElementById("confirm-dialog");
  if (!(dialog instanceof HTMLDialogElement)) {
    if (window.confirm(question)) proceed();
    return;
  }
  const text = dialog.querySelector("[data-confirm-question]");
  if (text) text.textContent = question;
  dialog.returnValue = "";
  dialog.addEventListener("close", () => dialog.returnValue === "yes" && proceed(), { once: true });
  dialog.showModal();
}

export function installConfirm(): void {
  document.addEventListener("htmx:confirm", (event) => {
    const detail = (event as CustomEvent<ConfirmRequest>).detail;
    if (!detail.question) return;
    event.preventDefault();
    ask(detail.question, () => detail.issueRequest(true));
  });

  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    const submitter = event.submitter;
    const question = submitter?.dataset.confirm ?? form.dataset.confirm;
    if (!question || form.dataset.confirmed === "") {
      delete form.dataset.confirmed;
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(question, () => {
      form.dataset.confirmed = "";
      form.requestSubmit(submitter);
    });
  }, true);
}
