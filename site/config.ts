/** The MMDetection config for a backbone: settings for one's own, or a complete one. */
import { configFor, type Decision, type OutputFormat, ToolError } from '../src/browser.ts'
import { loaderOf, snippetFor } from '../src/convert/config.ts'
import { DETECTORS, type Detector } from '../src/targets/mmdetection/detectors.ts'
import { GENERATIONS, type Generation } from '../src/targets/mmdetection/versions.ts'
import { byId, download } from './dom.ts'

const detector = byId('detector', HTMLSelectElement)
const mmdet = byId('mmdet', HTMLSelectElement)

let update = (): void => {}

export function prepareConfig(): void {
  for (const [name, { title }] of Object.entries(DETECTORS)) detector.add(new Option(title, name))
  for (const [name, { title }] of Object.entries(GENERATIONS)) mmdet.add(new Option(title, name))
  mmdet.value = '3'
  for (const select of [detector, mmdet]) select.addEventListener('change', () => update())
  byId('save-config').addEventListener('click', () =>
    download([byId('config-text').textContent ?? ''], 'config.py'),
  )
}

/** @param file the name of the saved backbone */
export function showConfig(decision: Decision | undefined, file: string, format: OutputFormat): void {
  byId('next').hidden = decision === undefined
  if (!decision) return
  update = () => write(decision, file, format)
  update()
}

function write({ match, architecture, target, parts }: Decision, file: string, format: OutputFormat): void {
  const { method, pretrainedBy } = match
  // A complete detector is loaded with load_from, which the complete config contains.
  const snippet = parts ? undefined : snippetFor(architecture, file)
  byId('snippet').textContent = snippet ?? ''
  const options = {
    checkpoint: file,
    arch: architecture,
    target: loaderOf(target),
    ...(parts ? { parts } : { detector: detector.value as Detector }),
    mmdet: mmdet.value as Generation,
  }
  try {
    if (format !== 'safetensors') byId('config-text').textContent = configFor(pretrainedBy ?? method, options)
    showEither(
      format === 'safetensors'
        ? 'Only the newest PyTorch versions load safetensors: for MMDetection, save as .pth.'
        : '',
    )
    byId('own-config').hidden ||= snippet === undefined
  } catch (error) {
    if (!(error instanceof ToolError)) throw error
    showEither(error.message)
  }
}

/** @param why there is no config; '' if there is one */
function showEither(why: string): void {
  byId('no-config').hidden = why === ''
  byId('no-config').textContent = why
  for (const id of ['config', 'own-config']) byId(id).hidden = why !== ''
}
