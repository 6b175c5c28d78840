import { field, struct } from '../core/struct.js';

/* What an EFI application of a 64-bit machine sees of its firmware (UEFI Specification 2.10). */

const spec = 'UEFI 2.10';

/** Number of bits in a UINTN: an EFI_STATUS with the highest of them set is an error. */
const error = (code: number): bigint => (1n << 63n) | BigInt(code);

/** EFI_STATUS values (Appendix D). */
export const efiStatus = {
  SUCCESS: 0n,
  INVALID_PARAMETER: error(2),
  UNSUPPORTED: error(3),
  BUFFER_TOO_SMALL: error(5),
  OUT_OF_RESOURCES: error(9),
  NOT_FOUND: error(14),
} as const;

/** Signatures of tables with a header. */
export const EFI_SYSTEM_TABLE_SIGNATURE = 0x5453595320494249n; // "IBI SYST"
export const EFI_BOOT_SERVICES_SIGNATURE = 0x56524553544f4f42n; // "BOOTSERV"

export const efiTableHeader = struct('EFI_TABLE_HEADER', `${spec}, 4.2.1`, {
  Signature: field(0, 'u64'),
  Revision: field(8, 'u32', 'major << 16 | minor * 10 + patch'),
  HeaderSize: field(12, 'u32', 'bytes of the whole table'),
  CRC32: field(16, 'u32', 'of HeaderSize bytes with this field 0'),
  Reserved: field(20, 'u32', '0'),
});

export const efiSystemTable = struct('EFI_SYSTEM_TABLE', `${spec}, 4.3.1`, {
  ...efiTableHeader.fields,
  FirmwareVendor: field(24, 'u64', 'UTF-16 text'),
  FirmwareRevision: field(32, 'u32'),
  ConsoleInHandle: field(40, 'u64'),
  ConIn: field(48, 'u64'),
  ConsoleOutHandle: field(56, 'u64'),
  ConOut: field(64, 'u64'),
  StandardErrorHandle: field(72, 'u64'),
  StdErr: field(80, 'u64'),
  RuntimeServices: field(88, 'u64'),
  BootServices: field(96, 'u64', '0 once they were left'),
  NumberOfTableEntries: field(104, 'u64'),
  ConfigurationTable: field(112, 'u64', 'array of EFI_CONFIGURATION_TABLE'),
});

export const efiBootServices = struct('EFI_BOOT_SERVICES', `${spec}, 4.4.1`, {
  ...efiTableHeader.fields,
  AllocatePages: field(40, 'u64'),
  FreePages: field(48, 'u64'),
  GetMemoryMap: field(56, 'u64'),
  AllocatePool: field(64, 'u64'),
  FreePool: field(72, 'u64'),
  HandleProtocol: field(152, 'u64'),
  LocateDevicePath: field(184, 'u64'),
  Exit: field(216, 'u64'),
  ExitBootServices: field(232, 'u64'),
  LocateHandleBuffer: field(312, 'u64'),
  LocateProtocol: field(320, 'u64'),
});

export const efiConfigurationTable = struct('EFI_CONFIGURATION_TABLE', `${spec}, 4.6.1`, {
  VendorGuid: field(0, { bytes: 16 }),
  VendorTable: field(16, 'u64'),
});

export const efiLoadedImage = struct('EFI_LOADED_IMAGE_PROTOCOL', `${spec}, 9.1.1`, {
  Revision: field(0, 'u32', '0x1000'),
  ParentHandle: field(8, 'u64'),
  SystemTable: field(16, 'u64'),
  DeviceHandle: field(24, 'u64'),
  FilePath: field(32, 'u64'),
  LoadOptionsSize: field(48, 'u32', 'bytes'),
  LoadOptions: field(56, 'u64'),
  ImageBase: field(64, 'u64'),
  ImageSize: field(72, 'u64', 'bytes'),
  ImageCodeType: field(80, 'u32', 'EFI_MEMORY_TYPE'),
  ImageDataType: field(84, 'u32', 'EFI_MEMORY_TYPE'),
  Unload: field(88, 'u64'),
});

export const EFI_LOADED_IMAGE_REVISION = 0x1000;

export const efiSimpleTextOutput = struct('EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL', `${spec}, 12.4.1`, {
  Reset: field(0, 'u64'),
  OutputString: field(8, 'u64'),
});

export const efiLoadFile2 = struct('EFI_LOAD_FILE2_PROTOCOL', `${spec}, 13.2.1`, {
  LoadFile: field(0, 'u64'),
});

export const efiGraphicsOutput = struct('EFI_GRAPHICS_OUTPUT_PROTOCOL', `${spec}, 12.9.2`, {
  Mode: field(24, 'u64'),
});

export const efiGraphicsMode = struct('EFI_GRAPHICS_OUTPUT_PROTOCOL_MODE', `${spec}, 12.9.2`, {
  MaxMode: field(0, 'u32'),
  Mode: field(4, 'u32'),
  Info: field(8, 'u64'),
  SizeOfInfo: field(16, 'u64'),
  FrameBufferBase: field(24, 'u64'),
  FrameBufferSize: field(32, 'u64'),
});

export const efiGraphicsModeInformation = struct('EFI_GRAPHICS_OUTPUT_MODE_INFORMATION', `${spec}, 12.9.2`, {
  Version: field(0, 'u32'),
  HorizontalResolution: field(4, 'u32', 'pixels'),
  VerticalResolution: field(8, 'u32', 'pixels'),
  PixelFormat: field(12, 'u32', 'EFI_GRAPHICS_PIXEL_FORMAT'),
  PixelsPerScanLine: field(32, 'u32'),
});

/** EFI_GRAPHICS_PIXEL_FORMAT: the first two have 8 bits a colour and 8 unused ones on top. */
export const efiPixelFormat = {
  PixelRedGreenBlueReserved8BitPerColor: 0,
  PixelBlueGreenRedReserved8BitPerColor: 1,
  PixelBitMask: 2,
  PixelBltOnly: 3,
} as const;

export const efiMemoryDescriptor = struct('EFI_MEMORY_DESCRIPTOR', `${spec}, 7.2.3`, {
  Type: field(0, 'u32', 'EFI_MEMORY_TYPE'),
  PhysicalStart: field(8, 'u64'),
  VirtualStart: field(16, 'u64'),
  NumberOfPages: field(24, 'u64', 'of 4 KiB'),
  Attribute: field(32, 'u64'),
});

/** EFI_MEMORY_TYPE. */
export const efiMemoryType = {
  EfiReservedMemoryType: 0,
  EfiLoaderCode: 1,
  EfiLoaderData: 2,
  EfiBootServicesCode: 3,
  EfiBootServicesData: 4,
  EfiRuntimeServicesCode: 5,
  EfiRuntimeServicesData: 6,
  EfiConventionalMemory: 7,
  EfiUnusableMemory: 8,
  EfiACPIReclaimMemory: 9,
  EfiACPIMemoryNVS: 10,
  EfiMemoryMappedIO: 11,
  EfiMemoryMappedIOPortSpace: 12,
  EfiPalCode: 13,
  EfiPersistentMemory: 14,
  EfiUnacceptedMemoryType: 15,
} as const;

/** EFI_ALLOCATE_TYPE. */
export const efiAllocate = { AllocateAnyPages: 0, AllocateMaxAddress: 1, AllocateAddress: 2 } as const;

/** EFI_LOCATE_SEARCH_TYPE. */
export const efiLocate = { AllHandles: 0, ByRegisterNotify: 1, ByProtocol: 2 } as const;

/** GUIDs in the usual notation. */
export const efiGuid = {
  LOADED_IMAGE: '5b1b31a1-9562-11d2-8e3f-00a0c969723b',
  LOAD_FILE2: '4006c0c1-fcb3-403e-996d-4a6c8724e06d',
  GRAPHICS_OUTPUT: '9042a9de-23dc-4a38-96fb-7aded080516a',
  ACPI_20_TABLE: '8868e871-e4f1-11d3-bc22-0080c73c8881',
  ACPI_10_TABLE: 'eb9d2d30-2d88-11d3-9a16-0090273fc14d',
  DEVICE_TREE: 'b1b621d5-f19c-41a5-830b-d9152c69aae0',
  /** Linux include/linux/efi.h: vendor media device path that an initrd is loaded from. */
  LINUX_INITRD_MEDIA: '5568e427-68fc-4f3d-ac74-ca555231cc68',
} as const;

/** A GUID as it lies in memory: the first three groups little-endian (Appendix A). */
export function guidBytes(guid: string): Uint8Array {
  const groups = guid.split('-').map((group) => group.match(/../g)!.map((pair) => Number.parseInt(pair, 16)));
  return Uint8Array.from(groups.flatMap((group, index) => (index < 3 ? group.reverse() : group)));
}

/** Media device path with a vendor's GUID, and the end of the path (10.3.5.3, 10.3.1). */
export function vendorMediaPath(guid: string): Uint8Array {
  return Uint8Array.from([4, 3, 20, 0, ...guidBytes(guid), 0x7f, 0xff, 4, 0]);
}
