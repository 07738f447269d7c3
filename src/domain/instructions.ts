/** How a buyer pays where there is no page, or beside it: texts to copy. */
export type Instructions =
  | { readonly kind: 'transfer'; readonly way: 'card' | 'sbp'; readonly number: string; readonly holder: string; readonly bank: string }
  | {
      readonly kind: 'ton';
      readonly address: string;
      readonly amount: string;
      readonly ticker: string;
      readonly comment: string;
      readonly link: string;
    };
