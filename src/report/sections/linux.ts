import { hardwareSubarch } from '../../abi/hardware-subarch.js';
import { hex } from '../../core/errors.js';
import type { BzImage } from '../../image/container/bzimage.js';
import type { LinuxReport, Named } from '../inspection.js';
import type { NamedLayer } from './layers.js';

/** Linux/x86 boot protocol facts of the outermost layer that has them. */
export function linuxReport(layers: readonly NamedLayer[]): LinuxReport | null {
  const found = layers.find(({ image }) => image.formats.bzimage);
  if (!found) return null;
  const kernel = found.image.formats.bzimage!;
  const { header, version } = kernel;
  const number = (name: string): number | null => (name in header ? Number(header[name]) : null);
  const address = (name: string): string | null => (name in header ? hex(header[name]!) : null);
  const subarch = number('hardware_subarch');
  const relocatable = number('relocatable_kernel');
  const minAlignment = number('min_alignment');
  return {
    layer: found.name,
    protocol: version === 0 ? null : protocolName(version),
    versionString: kernel.kernelVersion ?? null,
    loadflags: kernel.loadflags,
    xloadflags: kernel.xloadflags,
    setupSize: kernel.setupSize,
    cmdlineSize: number('cmdline_size'),
    initrdMax: address('initrd_addr_max'),
    relocatable: relocatable === null ? null : relocatable !== 0,
    preferredAddress: address('pref_address'),
    alignment: address('kernel_alignment'),
    minAlignment: minAlignment === null ? null : hex(2n ** BigInt(minAlignment)),
    loadRange: loadRange(kernel),
    initSize: number('init_size'),
    hardwareSubarch: subarch === null ? null : namedSubarch(subarch),
    setupTypeMax: kernel.kernelInfo ? hex(kernel.kernelInfo.setupTypeMax) : null,
    header: Object.fromEntries(Object.entries(header).map(([name, value]) => [name, hex(value)])),
  };
}

/** 0x020f reads 2.15. */
function protocolName(version: number): string {
  return `${version >> 8}.${String(version & 0xff).padStart(2, '0')}`;
}

function namedSubarch(value: number): Named {
  const name = Object.entries(hardwareSubarch).find(([, number]) => number === value)?.[0];
  return { value, name: name ?? 'unknown' };
}

/** Linux is loaded at any multiple of kernel_alignment when it is relocatable, above 4 GiB only if it says so. */
function loadRange(kernel: BzImage): LinuxReport['loadRange'] {
  const { relocatable_kernel: relocatable, kernel_alignment: step, init_size: size } = kernel.header;
  if (!relocatable || !step) return null;
  if (kernel.xloadflags.includes('XLF_CAN_BE_LOADED_ABOVE_4G'))
    return { from: hex(step), to: null, step: hex(step) };
  const room = 2n ** 32n - BigInt(size ?? 0);
  return { from: hex(step), to: hex(room - (room % BigInt(step))), step: hex(step) };
}
