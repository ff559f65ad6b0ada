/* Numbers as the reader writes them. Money arrives in minor units, percentages as ratios. */

export type Format = "money" | "number" | "percent";

/** Which currency amounts are in, and how many of its digits stand after the point. */
export interface Currency {
  code: string;
  digits: number;
}

export interface NumberWriter {
  /** The full figure, for tooltips and labels. */
  full(value: number, format: Format): string;
  /** As short as can be, for axes. */
  short(value: number, format: Format): string;
}

export function numberWriter(currency: Currency, locale = document.documentElement.lang || "en"): NumberWriter {
  const money = (options: Intl.NumberFormatOptions): Intl.NumberFormat =>
    currency.code
      ? new Intl.NumberFormat(locale, { style: "currency", currency: currency.code, ...options })
      : new Intl.NumberFormat(locale, options);
  const short = { notation: "compact", maximumFractionDigits: 1, minimumFractionDigits: 0 } as const;
  const writers = {
    full: {
      money: money({ minimumFractionDigits: currency.digits, maximumFractionDigits: currency.digits }),
      number: new Intl.NumberFormat(locale, { maximumFractionDigits: 2 }),
      percent: new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 }),
    },
    short: {
      money: money(short),
      number: new Intl.NumberFormat(locale, short),
      percent: new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 }),
    },
  };
  const scaled = (value: number, format: Format): number =>
    format === "money" ? value / 10 ** currency.digits : value;
  return {
    full: (value, format) => writers.full[format].format(scaled(value, format)),
    short: (value, format) => writers.short[format].format(scaled(value, format)),
  };
}
