import { expect, test } from 'vitest';
import { html, raw } from './markup.js';

test('what is put into a template is text, unless it is markup', () => {
  expect(html`<a title="${'"<>'}">${"'&"}</a>`.text).toBe('<a title="&quot;&lt;&gt;">&#39;&amp;</a>');
  expect(html`<p>${html`<b>${1}</b>`}${raw('<i>')}</p>`.text).toBe('<p><b>1</b><i></p>');
});

test('lists are put one behind the other, nothing for what is not there', () => {
  expect(html`${['a', html`<br>`, ['b', 0]]}${null}${undefined}${false}`.text).toBe('a<br>b0');
});

test('control characters, which XML forbids, are spelt out', () => {
  expect(html`${'a\0b\u001b[31m'}`.text).toBe('a\\x00b\\x1b[31m');
});
