/**
 * The three containers of PyTorch's checkpoints.
 *
 * Zip archive (PyTorch 1.6 and later), everything in one top folder of any name:
 * ```
 * <top>/data.pkl       the pickle; tensors in it refer to storages by key
 * <top>/byteorder      `little` or `big` (since 2.1)
 * <top>/data/<key>     the bytes of one storage each
 * <top>/version        `3\n`
 * ```
 *
 * Legacy stream (0.1.10 to 1.5, and `_use_new_zipfile_serialization=False`), one thing behind the other:
 * ```
 * pickle of the magic number
 * pickle of the protocol version, 1001
 * pickle of a dict about the machine, ignored by every reader
 * pickle of the object
 * pickle of the list of storage keys
 * for each key, in the order of the list: number of elements (8 bytes, little-endian), then the elements
 * ```
 * Tar archive (before 0.1.10):
 * ```
 * pickle     the object; tensors in it are references by key
 * tensors    pickle of their number; for each: pickle of (key, key of its storage, class), number of axes (4 bytes, then 4
 *            of no meaning), sizes, strides, offset (8 bytes each, in elements)
 * storages   pickle of their number; for each: pickle of (key, location, class), length (8 bytes, in elements), the
 *            elements; then the pickle of a list of views (key, key of the whole, offset, length)
 * ```
 *
 * Sources: torch/serialization.py (`_save`, `_load`, `_legacy_save`, `_legacy_load`, `legacy_load`), caffe2/serialize/inline_container.cc.
 */

export const ZIP_MAGIC = [0x50, 0x4b, 0x03, 0x04] as const

export const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn
export const LEGACY_PROTOCOL = 1001

/** PyTorch's own limit is lower. */
export const MAX_AXES = 64

/** The size of the element count in front of a storage. */
export const COUNT_SIZE = 8

/** What PyTorch writes about the machine, and ignores when reading. */
export const LEGACY_MACHINE = {
  protocol_version: LEGACY_PROTOCOL,
  little_endian: true,
  type_sizes: new Map([
    ['short', 2],
    ['int', 4],
    ['long', 4],
  ]),
} as const

/** LONG1 with the ten bytes of the magic number: after PROTO, or PROTO and FRAME, in every legacy file from protocol 2 on. */
export const LEGACY_MAGIC_BYTES = [
  0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19,
] as const

/** The same number in pickle protocol 0. */
export const LEGACY_MAGIC_TEXT = 'L119547037146038801333356L\n'

/** Names of zip records inside the top folder. */
export const RECORD = {
  pickle: 'data.pkl',
  byteOrder: 'byteorder',
  storage: (key: string) => `data/${key}`,
  version: 'version',
  /** Where a few writers store the version. */
  versionElsewhere: '.data/version',
  /** Since 2.7. */
  formatVersion: '.format_version',
  /** Since 2.7: a number. */
  alignment: '.storage_alignment',
  /** Only in TorchScript archives. */
  torchScript: 'constants.pkl',
} as const

/** The versions that PyTorch's reader accepts (`kMinSupportedFileFormatVersion`, `kMaxSupportedFileFormatVersion`). */
export const VERSIONS = { min: 1, max: 10 } as const

/** The version that `torch.save` writes. */
export const VERSION_WRITTEN = '3\n'

/** The parts of a tar archive that we read. */
export const TAR = { pickle: 'pickle', tensors: 'tensors', storages: 'storages' } as const
