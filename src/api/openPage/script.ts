/**
 * What the page can do with script and does well without: the button that copies, and opening the app that the address names. Its digest
 * stands in the content security policy.
 */
export const script = `
(() => {
  const button = document.querySelector('.copy');
  const link = document.querySelector('.link code');
  const select = () => {
    const range = document.createRange();
    range.selectNodeContents(link);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    return document.execCommand('copy');
  };
  if (button && link) {
    const label = button.textContent;
    button.hidden = false;
    button.addEventListener('click', async () => {
      const isCopied = await navigator.clipboard?.writeText(link.textContent).then(() => true, select) ?? select();
      if (!isCopied) return;
      button.textContent = button.dataset.done;
      button.classList.add('done');
      setTimeout(() => {
        button.textContent = label;
        button.classList.remove('done');
      }, 2000);
    });
  }
  const app = document.querySelector('a[data-opens]');
  if (app) addEventListener('load', () => setTimeout(() => { location.href = app.href; }, 0));
})();
`;
