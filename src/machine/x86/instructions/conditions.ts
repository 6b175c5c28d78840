/** The sixteen conditions in the order of their encoding (Intel SDM vol. 2, appendix B.1.4.7). */
export const conditions = [
  'o',
  'no',
  'b',
  'nb',
  'z',
  'nz',
  'be',
  'nbe',
  's',
  'ns',
  'p',
  'np',
  'l',
  'nl',
  'le',
  'nle',
] as const;
