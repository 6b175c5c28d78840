/// <reference lib="dom" />
import { type Layers, layersOf } from '../layers.js';
import type { Lookup } from '../lookup.js';
import { placeText } from '../sections/image-map.js';

/** Says what lies where the slider or the pointer is. */
export function followMap(lookup: Lookup): void {
  for (const map of document.querySelectorAll<HTMLElement>('.map')) {
    const slider = map.querySelector('input')!;
    const chart = map.querySelector('.strata')!;
    let layers: Layers | undefined;
    const show = (): void => {
      layers ??= layersOf(lookup, Number(map.dataset.section))!;
      map.querySelector('output')!.innerHTML = placeText(lookup, layers, Number(slider.value)).text;
    };
    slider.addEventListener('input', show);
    chart.addEventListener('pointermove', (event) => {
      const { left, width } = chart.getBoundingClientRect();
      const share = ((event as PointerEvent).clientX - left) / width;
      slider.value = String(Math.floor(share * (Number(slider.max) + 1)));
      show();
    });
  }
}
