/** The shipped program's answers to typos and habits; and its help at 80 columns. */
import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runBinary } from '../helpers/cli.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const folder = temporaryFolder()
const moco = join(import.meta.dirname, '../../fixtures/checkpoints/moco_v2.pth.tar')
copyFileSync(moco, join(folder, 'x.pth'))

/** Runs in a folder that contains only `x.pth`. */
function say(line: string) {
  return runBinary(line.split(' '), { cwd: folder })
}

describe('a mistyped command', () => {
  test.each([
    ['inspct x.pth', 'inspect x.pth'],
    ['inspct', 'inspect'],
    ['Inspect x.pth', 'inspect x.pth'],
    ['inspct x.pth --filter layer4', 'inspect x.pth --filter layer4'],
    ['verfy x.pth y.pth', 'verify x.pth y.pth'],
    ['help confg', 'help config'],
    ['list', 'methods'],
    ['info x.pth', 'inspect x.pth'],
    ['compare x.pth y.pth', 'diff x.pth y.pth'],
    ['version', '--version'],
    ['inspct https://me:secret@example.org/x.pth', 'inspect …'],
  ])('%s', (line, meant) => {
    const { code, out, err } = say(line)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(/^UsageError: There is no command( and no file)? '\w+'\.\n/)
    expect(err).toContain(`Did you mean: selfsup2mmdet ${meant}\n`)
    expect(readdirSync(folder)).toEqual(['x.pth'])
  })

  test('the suggested command runs', () => {
    const suggested = /selfsup2mmdet (.*)\n/.exec(say('inspct x.pth').err)![1]!
    expect(say(suggested)).toMatchObject({ code: 0, out: expect.stringContaining('moco') })
  })

  test('a file with that name is still an input, and other words are missing files', () => {
    const where = join(folder, 'elsewhere')
    mkdirSync(where)
    copyFileSync(moco, join(where, 'inspct'))
    expect(runBinary(['inspct', 'out.pth', '-q'], { cwd: where }).code).toBe(0)
    expect(existsSync(join(where, 'out.pth'))).toBe(true)
    expect(runBinary(['inspct', '--fliter', 'a'], { cwd: where }).err).toContain("Unknown option '--fliter'")
    expect(runBinary(['quokka', 'out.pth'], { cwd: where }).err).toContain('There is no file quokka.')
    expect(runBinary(['./inspect', 'out.pth'], { cwd: where }).err).toContain('There is no file ./inspect.')
  })

  test.each([
    ['x.pth', 'Try: selfsup2mmdet x.pth backbone.pth\n'],
    ['moco.pth.tar', 'There is no file moco.pth.tar.'],
    ['quokka', 'There is no file quokka.'],
    ['-', 'Try: selfsup2mmdet - backbone.pth\n'],
    ['https://me:secret@example.org/a/moco.pth.tar', 'example.org/a/moco.pth.tar moco.pth\n'],
  ])('only an input: %s', (line, words) => {
    const { code, err } = say(line)
    expect(code).toBe(2)
    expect(err).toContain(words)
    expect(err).not.toContain('secret')
  })

  test('with --json, the error is JSON too', () => {
    for (const line of ['inspct x.pth --json', 'inspect x.pth --jsn --json'])
      expect(JSON.parse(say(line).out)).toMatchObject({
        schema: 'selfsup2mmdet/error/1',
        error: { kind: 'UsageError', exitCode: 2, advice: expect.stringContaining('Did you mean') },
      })
  })

  test('help for a command that does not exist lists the commands', () => {
    expect(say('help quokka')).toMatchObject({
      code: 2,
      err: expect.stringContaining('convert, verify, config'),
    })
  })
})

describe('a mistyped option or value', () => {
  test.each([
    ['x.pth y.pth --slefsup moco', '--selfsup? See selfsup2mmdet convert --help.'],
    ['x.pth y.pth --selfsup mocco', 'moco?'],
    ['x.pth y.pth --arch resnet5', 'resnet50?'],
    ['x.pth y.pth --arch wide_resnet50', 'wide_resnet50_2?'],
    ['x.pth y.pth --format zipp', 'zip?'],
    ['x.pth y.pth --dtype flaot16', 'float16?'],
    ['x.pth y.pth --method moco', '--selfsup?'],
    ['inspect x.pth --jso', '--json? See selfsup2mmdet inspect --help.'],
    ['verify x.pth --arch resnet5', 'resnet50?'],
    ['config mocco', 'moco?'],
    ['config moco --arch resnet5', 'resnet50?'],
    ['config moco --detector mask-rcn', 'mask-rcnn?'],
    ['methods swv', 'swav?'],
    ['completion bsh', 'bash?'],
    ['--verion', '--version? See selfsup2mmdet --help.'],
  ])('%s', (line, meant) => {
    const { code, err } = say(line)
    expect(code).toBe(2)
    expect(err).toContain(`Did you mean ${meant}`)
    expect(existsSync(join(folder, 'y.pth'))).toBe(false)
  })

  test('for one or two letters, nothing is suggested', () => {
    const said = say('config moco --mmdet 4')
    expect(said).toMatchObject({ code: 2, err: expect.not.stringContaining('Did you mean') })
  })

  test.each([
    ['x.pth -o y.pth', 'The output is the second argument'],
    ['x.pth --output y.pth', 'The output is the second argument'],
    ['x.pth y.pth --force', 'did not write: --overwrite'],
    ['x.pth y.pth -s moco', 'Did you mean --selfsup?'],
    ['x.pth y.pth --half', 'Did you mean --dtype float16?'],
    ['x.pth y.pth --dry', 'Did you mean --dry-run?'],
    ['x.pth y.pth --architecture r50', 'Did you mean --arch?'],
    ['x.pth y.pth -selfsup moco', 'Did you mean --selfsup?'],
    ['x.pth y.pth --teacher', 'Did you mean --network teacher?'],
    ['x.pth y.pth --model moco', '--selfsup is the method, --arch the architecture.'],
    ['x.pth y.pth --classes=3', 'It is an option of config.'],
    ['x.pth y.pth --json=true', '--json does not take a value.\nUse --json alone.\n'],
    ['x.pth y.pth --limits two', "--limits: expected a number from 1 to 1000, found 'two'.\n"],
    ['config moco -o c.py', 'Did you mean --out?'],
    ['config --selfsup moco', 'The method is the first argument: selfsup2mmdet config <method>.'],
    ['config moco --amp', 'tools/train.py <config> --amp in MMDetection 3.x'],
    ['config moco --num-classes 3', 'Did you mean --classes?'],
    ['config quokka', 'selfsup2mmdet methods lists the methods.\n'],
    ['inspect x.pth --grep layer4', 'Did you mean --filter?'],
    ['verify --file x.pth', 'The file is the first argument: selfsup2mmdet verify <file>.'],
    ['probe x.pth y.pth', 'Too many arguments: expected 1, found 2.'],
    ['--help-all', 'convert --help lists all options'],
  ])('%s: as in other programs', (line, advice) => {
    expect(say(line)).toMatchObject({ code: 2, err: expect.stringContaining(advice) })
  })
})

describe('an input that does not exist', () => {
  test.each([
    ['~/x.pth', 'The shell replaces ~ by a folder only outside quotes.'],
    ['$HOME/x.pth', 'The shell did not replace $HOME by its value: check the quotes.'],
    ['%USERPROFILE%\\x.pth', 'The shell did not replace %USERPROFILE% by its value: check the quotes.'],
    ['x*.pth', 'No file matches this pattern, or quotes keep the shell from expanding it.'],
    ['.\\x.pth', 'Did you mean ./x.pth?'],
    ['https:/example.org/x.pth', 'Did you mean https://example.org/x.pth?'],
    ['example.org/x.pth', 'Did you mean https://example.org/x.pth?'],
    ['hf:owner/name/x.pth', 'Did you mean hf://owner/name/x.pth?'],
    ['facebook/dino-vits16', 'hf://facebook/dino-vits16/<file>'],
  ])('%s', (input, advice) => {
    // The output exists, but swapping the two would not help.
    expect(say(`${input} x.pth`)).toMatchObject({ code: 2, err: expect.stringContaining(advice) })
    expect(say(`${input} x.pth`).err).not.toContain('the input comes first')
  })

  test('a backbone of an earlier run is not taken for the input', () => {
    const where = join(folder, 'elsewhere')
    mkdirSync(where, { recursive: true })
    copyFileSync(moco, join(where, 'x.pth'))
    expect(runBinary(['x.pth', 'own.pth', '-q'], { cwd: where }).code).toBe(0)
    const { code, err } = runBinary(['quokka.pth', 'own.pth'], { cwd: where })
    expect({ code, err }).toEqual({ code: 2, err: expect.not.stringContaining('the input comes first') })
  })
})

describe('a name in place of another', () => {
  test.each([
    ['moco x.pth', 'Did you mean: selfsup2mmdet x.pth backbone.pth --selfsup moco\n'],
    ['x.pth moco', 'Did you mean: selfsup2mmdet x.pth backbone.pth --selfsup moco\n'],
    ['x.pth y.pth moco', 'Did you mean --selfsup moco?'],
    ['y.pth x.pth', 'Did you mean: selfsup2mmdet x.pth y.pth\n'],
    ['config x.pth', 'selfsup2mmdet x.pth backbone.pth --config config.py\n'],
    ['methods ./x.pth', 'selfsup2mmdet inspect ./x.pth\n'],
    ['x.pth y.json', 'To save the result as JSON: --json > y.json\n'],
    ['cfg moco', 'Did you mean: selfsup2mmdet config moco\n'],
    ['hlep', 'Did you mean: selfsup2mmdet help\n'],
    ['run x.pth y.pth', 'Did you mean: selfsup2mmdet x.pth y.pth\n'],
    ['convert verify x.pth', 'Did you mean: selfsup2mmdet verify x.pth\n'],
    [
      'x.pth y.pth —selfsup moco',
      'begins with a long dash, which some programs put in place of two hyphens.\nDid you mean --selfsup?',
    ],
    ['x.pth y.pth selfsup moco', 'Did you mean --selfsup moco?'],
    ['x.pth y.pth selfsup=moco', 'Did you mean --selfsup moco?'],
    ['x.pth to y.pth', 'expected an input and an output, found 3.\nThere is no file to.'],
    ['config moco c.py', 'Did you mean: selfsup2mmdet config moco --out c.py\n'],
    ['config x.pth moco --gpus 1', 'Did you mean: selfsup2mmdet config moco --checkpoint x.pth --gpus 1\n'],
    ['config moco --classes cow dog', 'Did you mean: selfsup2mmdet config moco --classes cow,dog\n'],
    ['x.pth y.safetensor', 'To write a safetensors file, end the name in .safetensors.\n'],
    ['x.pth y.onnx', 'would be written to it.\nTo write a PyTorch checkpoint, end the name in .pth.\n'],
  ])('%s', (line, words) => {
    const { code, err } = say(line)
    expect(code).toBe(2)
    expect(err).toContain(words)
    expect(readdirSync(folder).filter(name => name !== 'elsewhere')).toEqual(['x.pth'])
  })

  test('values of options are matched loosely too', () => {
    for (const line of [
      'config moco --mmdet 3.3.0 --detector Mask_RCNN --recipe MMSelfSup',
      'config moco --mmdet v2 --schedule MS-2X',
      'completion pwsh',
    ])
      expect(say(line), line).toMatchObject({ code: 0, err: '' })
  })
})

/** `probe` has its examples at the end. */
const LEADING = ['', 'convert', 'verify', 'config', 'inspect', 'diff', 'methods', 'completion']

describe('help', () => {
  const help = (command: string) =>
    runBinary([...(command === '' ? [] : [command]), '--help'], { env: { COLUMNS: '80', NO_COLOR: '1' } })

  test.each([...LEADING, 'probe'])('%s fits 80 columns, in plain text', command => {
    const { code, out, err } = help(command)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).not.toContain('\x1b')
    const long = out.split('\n').filter(line => line.length > 80)
    // Its exit codes are on one line.
    expect(long.filter(line => command !== 'probe' || !line.startsWith('Exit codes'))).toEqual([])
  })

  test.each(LEADING)('%s begins with examples', command => {
    const { out } = help(command)
    expect(out).toMatch(
      /^Usage: .*\n( {7}.*\n)?\n(.+\n){1,3}\nExamples:\n( {2}\$ .*selfsup2mmdet .*\n){3,}\n(Arguments|Options):\n/,
    )
  })

  test('the examples of config, methods and completion run', () => {
    for (const command of ['config', 'methods', 'completion'])
      for (const [, line] of help(command).out.matchAll(
        /^ {2}\$ (?:source <\()?selfsup2mmdet (.+?)(?:\)| {2}| (?:\||>>).*|$)/gm,
      ))
        expect(say(line!.replace(/ --out .*/, '').trim()).code, line).toBe(0)
  })
})
