/** One button of an inline keyboard. */
export type Button = { readonly label: string; readonly callback: string } | { readonly label: string; readonly url: string };

/** What a buyer sees: text in Telegram's HTML, rows of buttons, and a picture to send with it where there is one. */
export interface Screen {
  readonly html: string;
  readonly keyboard: readonly (readonly Button[])[];
  /** PNG; the text becomes its caption. */
  readonly photo?: Buffer;
  /** A file that Telegram has, sent again by its id; the text becomes its caption. */
  readonly file?: { readonly id: string; readonly kind: 'photo' | 'document' };
}
