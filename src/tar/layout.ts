/** The header of a tar entry, one block; the entry's bytes follow, padded to a whole block. Source: POSIX.1-2001, pax. */

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

/** The letter that says what an entry is. */
export const KIND = {
  files: ['0', '\0', '7'] as readonly string[],
  folder: '5',
  /** Links, devices and pipes: names without bytes. */
  others: ['1', '2', '3', '4', '6'] as readonly string[],
  /** GNU: the next entry's name is what follows. */
  longName: 'L',
  /** pax: `key=value` of the next entry. */
  pax: 'x',
  /** pax: `key=value` of all entries that follow. */
  paxGlobal: 'g',
  /** With `K` (GNU, the target of a link), which changes nothing here. */
  extensions: ['L', 'x', 'g', 'K'] as readonly string[],
} as const
