/** The header of a tar entry, one block; the entry's bytes follow, padded to whole blocks. Source: POSIX.1-2001, pax. */

export const BLOCK = 512

export const FIELDS = {
  name: { offset: 0, size: 100 },
  mode: { offset: 100, size: 8 },
  owner: { offset: 108, size: 8 },
  group: { offset: 116, size: 8 },
  size: { offset: 124, size: 12 },
  changed: { offset: 136, size: 12 },
  checksum: { offset: 148, size: 8 },
  kind: { offset: 156, size: 1 },
  magic: { offset: 257, size: 5 },
  deviceMajor: { offset: 329, size: 8 },
  deviceMinor: { offset: 337, size: 8 },
  prefix: { offset: 345, size: 155 },
} as const

/** The letter for the kind of an entry. */
export const KIND = {
  files: ['0', '\0', '7'] as readonly string[],
  folder: '5',
  /** Links, devices and pipes: names without bytes. */
  others: ['1', '2', '3', '4', '6'] as readonly string[],
  /** GNU: contains the next entry's name. */
  longName: 'L',
  /** pax: `key=value` for the next entry. */
  pax: 'x',
  /** pax: `key=value` for all following entries. */
  paxGlobal: 'g',
  /** Includes `K` (GNU, the target of a link), which has no effect here. */
  extensions: ['L', 'x', 'g', 'K'] as readonly string[],
} as const
