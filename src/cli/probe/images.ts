/** The images of a folder: PNG and JPEG, decoded by optional packages. */
import { promises as files } from 'node:fs'
import { join } from 'node:path'
import { count } from '../../bytes/count.ts'
import { FormatError, SystemError, UnsupportedError, UsageError } from '../../errors.ts'
import type { Picture } from '../../probe/picture.ts'
import { requirePackage } from './optional-package.ts'

/** Memory grows with the number of images, and more would not change the verdict. */
export const MOST_IMAGES = 64

/** Width, height, and pixels as red, green, blue, alpha. */
interface Decoded {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

interface Decoder {
  readonly name: string
  readonly decode: (module: never, bytes: Buffer) => Decoded
}

const PNG: Decoder = {
  name: 'pngjs',
  decode: (module: { PNG: { sync: { read(bytes: Buffer): Decoded } } }, bytes) => module.PNG.sync.read(bytes),
}

const JPEG: Decoder = {
  name: 'jpeg-js',
  decode: (module: { decode(bytes: Buffer, options: object): Decoded }, bytes) =>
    module.decode(bytes, { useTArray: true }),
}

/** By the first bytes, not by name. */
const SIGNATURES: readonly (readonly [string, Decoder])[] = [
  ['89504e470d0a1a0a', PNG],
  ['ffd8ff', JPEG],
]

/** Which files in a folder were used, and which were not. */
export interface FolderOfImages {
  readonly images: readonly Picture[]
  /** What was left out, as text; '' if nothing. */
  readonly leftOut: string
}

/**
 * The first 64 images of a folder, by name. Other files are ignored.
 * @throws UsageError when there are fewer than two
 * @throws UnsupportedError when the package that decodes one is not installed
 * @throws FormatError for an image that is damaged
 */
export async function readImages(folder: string): Promise<FolderOfImages> {
  const images: Picture[] = []
  const names = await namesIn(folder)
  let looked = 0
  while (looked < names.length && images.length < MOST_IMAGES) {
    const image = await readImage(join(folder, names[looked++]!))
    if (image) images.push(image)
  }
  if (images.length < 2)
    throw new UsageError(
      `Expected at least two PNG or JPEG images in ${folder}, found ${images.length}.`,
      'Use a folder with several different images, or omit --images to use generated ones.',
    )
  const others = looked - images.length
  const beyond = names.length - looked
  const leftOut = [
    ...(others > 0 ? [`${count(others, 'file')} of a different type`] : []),
    ...(beyond > 0 ? [`${count(beyond, 'file')} beyond the first ${MOST_IMAGES} images`] : []),
  ]
  return { images, leftOut: leftOut.join(', ') }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await files.readdir(folder)).sort()
  } catch (cause) {
    throw unreadable(folder, cause as NodeJS.ErrnoException, 'Check the path: --images takes a folder.')
  }
}

/** @returns undefined for anything else: a folder, a pipe, a dangling link, a text */
async function readImage(path: string): Promise<Picture | undefined> {
  const found = await files.stat(path).catch(() => undefined)
  if (!found?.isFile()) return undefined
  const bytes = await files.readFile(path).catch(cause => {
    throw unreadable(path, cause, 'Check its permissions, or remove it from the folder.')
  })
  const start = bytes.toString('hex', 0, 8)
  const [, decoder] = SIGNATURES.find(([signature]) => start.startsWith(signature)) ?? []
  if (!decoder) return undefined
  const module = load(decoder.name)
  try {
    return withoutAlpha(decoder.decode(module, bytes))
  } catch (error) {
    throw new FormatError(
      { source: path },
      `${decoder.name} cannot decode it: ${(error as Error).message}`,
      'Remove it from the folder, or save it again.',
    )
  }
}

/** Like any other input: a path that does not exist is a typo; other errors come from the system. */
function unreadable(path: string, cause: NodeJS.ErrnoException, advice: string): UsageError | SystemError {
  const code = cause.code ?? 'UNKNOWN'
  if (code === 'ENOENT' || code === 'ENOTDIR') return new UsageError(`There is no folder ${path}.`, advice)
  return new SystemError(`Cannot read ${path}: ${cause.message}.`, code, advice, { cause })
}

function load(name: string): never {
  try {
    return requirePackage(name) as never
  } catch (cause) {
    throw new UnsupportedError(
      `--images needs ${name} for these files, but it is not installed.`,
      `Run npm install ${name} where selfsup2mmdet is installed, or omit --images to use generated images.`,
      { cause },
    )
  }
}

function withoutAlpha({ width, height, data }: Decoded): Picture {
  const rgb = new Uint8Array(3 * width * height)
  for (let pixel = 0; pixel < width * height; pixel++)
    for (let channel = 0; channel < 3; channel++) rgb[3 * pixel + channel] = data[4 * pixel + channel]!
  return { width, height, rgb }
}
