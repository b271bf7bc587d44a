// Writes docs/api.md from the declarations of src/index.ts and their comments; a test fails while it is out of date.
import { writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import ts from 'typescript'

const ROOT = join(import.meta.dirname, '../')

/** The folders of src/ from the top down, and what they are for. */
const LAYERS = {
  files: 'The whole of it for paths and URLs: open, convert, verify.',
  explain: 'What messages say.',
  convert: 'From a checkpoint to a backbone: recognise, plan, verify, write.',
  probe: 'Does a backbone look trained?',
  formats: 'Containers: what is read and written.',
  methods: 'What is known about methods: data.',
  targets: 'MMDetection: versions, detectors, recipes.',
  families: 'What is known about networks: data.',
  rename: 'Rules: which tensors are kept, and under which names.',
  node: 'Files and streams of Node.',
  http: 'Checkpoints at URLs.',
  tensor: 'Tensors whose values are read on demand.',
  bytes: 'Where bytes come from, and where they go.',
  src: 'Errors: each says where, what was expected, what was found and what to do.',
}

const KINDS = {
  [ts.SyntaxKind.FunctionDeclaration]: 'function',
  [ts.SyntaxKind.InterfaceDeclaration]: 'interface',
  [ts.SyntaxKind.TypeAliasDeclaration]: 'type',
  [ts.SyntaxKind.ClassDeclaration]: 'class',
  [ts.SyntaxKind.VariableStatement]: 'constant',
}

/** @returns every export: name, layer, kind, comment, tags, declaration, whether `selfsup2mmdet/browser` has it, what it refers to */
export function readApi() {
  const program = createProgram()
  const checker = program.getTypeChecker()
  const exportsOf = file =>
    checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(`${ROOT}${file}`)))
  const everywhere = new Set(exportsOf('src/browser.ts').map(({ name }) => name))
  const declared = declarations(program)
  const found = exportsOf('src/index.ts').map(symbol => {
    const original = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
    const { fileName } = original.declarations[0].getSourceFile()
    return {
      name: symbol.name,
      layer: relative(ROOT, fileName).split('/').slice(1, -1)[0] ?? 'src',
      file: relative(ROOT, fileName),
      inBrowser: everywhere.has(symbol.name),
      ...describe(declared.get(fileName), original.name),
    }
  })
  const names = new Set(found.map(({ name }) => name))
  for (const entry of found) entry.refersTo = entry.refersTo.filter(name => names.has(name))
  return found.sort((a, b) => order(a.name.toLowerCase(), b.name.toLowerCase()) || order(a.name, b.name))
}

function order(a, b) {
  return a < b ? -1 : Number(a > b)
}

function createProgram() {
  const { config } = ts.readConfigFile(`${ROOT}tsconfig.types.json`, ts.sys.readFile)
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT)
  return ts.createProgram(fileNames, { ...options, noEmit: false, emitDeclarationOnly: true })
}

/** What the compiler makes of each source for those who use the package: no bodies, all types. */
function declarations(program) {
  const files = new Map()
  program.emit(
    undefined,
    (name, text, _mark, _error, [source]) =>
      files.set(source.fileName, ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true)),
    undefined,
    true,
  )
  return files
}

function describe(file, name) {
  const node = file.statements.find(statement =>
    (statement.declarationList?.declarations ?? [statement]).some(declared => declared.name?.text === name),
  )
  // The last one: the first statement of a file also has the comment on the file.
  const comment = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc).at(-1)
  return {
    kind: KINDS[node.kind],
    about: prose(comment?.comment),
    tags: (comment?.tags ?? []).map(tag => ({
      tag: tag.tagName.text,
      name: ts.isJSDocParameterTag(tag) ? tag.name.text : '',
      text: prose(tag.comment),
    })),
    declaration: node
      .getText(file)
      .replace(/^export (declare )?/, '')
      .replace(/^( {4})+/gm, indent => ' '.repeat(indent.length / 2))
      .replace(/;$/gm, ''),
    refersTo: namesIn(node).filter(found => found !== name),
  }
}

/** A comment as one line, without the stars and the breaks of the source. */
function prose(comment) {
  return (ts.getTextOfJSDocComment(comment) ?? '').replace(/\s*\n\s*/g, ' ').trim()
}

function namesIn(node) {
  const names = new Set()
  const visit = child => {
    if (ts.isTypeReferenceNode(child)) names.add(child.typeName.getText())
    if (ts.isTypeQueryNode(child)) names.add(child.exprName.getText())
    if (ts.isExpressionWithTypeArguments(child)) names.add(child.expression.getText())
    ts.forEachChild(child, visit)
  }
  visit(node)
  return [...names].sort()
}

/** @returns docs/api.md */
export function apiPage(api = readApi()) {
  const left = api.find(({ layer }) => !Object.hasOwn(LAYERS, layer))
  if (left) throw new Error(`scripts/api.js knows no layer ${left.layer}`)
  const layers = Object.entries(LAYERS).map(([layer, about]) => {
    const entries = api.filter(entry => entry.layer === layer)
    return { title: layer === 'src' ? 'errors' : layer, about, entries }
  })
  const anchors = anchorsOf(layers)
  const link = name => `[\`${name}\`](#${anchors.get(name)})`
  return `# The library

Written by \`npm run api\` from the sources: no need to edit.

\`import { … } from 'selfsup2mmdet'\` has all of this. \`selfsup2mmdet/browser\` has all but what is marked **Node only**; bundlers for
browsers take it by themselves. Sizes and offsets are bytes. Of functions that give a promise, what is thrown is what it rejects
with. [Programs to start from](../examples)

${layers.map(({ title, entries }) => `- **${title}**: ${entries.map(({ name }) => link(name)).join(', ')}`).join('\n')}

${layers.map(layer => chapter(layer, link)).join('\n\n')}
`
}

/** Headings that differ in nothing but capitals get numbers, in the order of the page, as GitHub gives them. */
function anchorsOf(layers) {
  const [anchors, seen] = [new Map(), new Map()]
  for (const { title, entries } of layers)
    for (const heading of [title, ...entries.map(({ name }) => name)]) {
      const slug = heading.toLowerCase()
      const before = seen.get(slug) ?? 0
      seen.set(slug, before + 1)
      // A layer may be called as an export of it: it comes first, and nothing links to it.
      if (heading !== title) anchors.set(heading, before === 0 ? slug : `${slug}-${before}`)
    }
  return anchors
}

function chapter({ title, about, entries }, link) {
  return [`## ${title}`, about, ...entries.map(entry => section(entry, link))].join('\n\n')
}

const LABELS = { param: 'parameter', throws: 'throws', returns: 'returns' }

function section({ name, kind, file, inBrowser, about, tags, declaration, refersTo }, link) {
  const lines = tags.map(({ tag, name, text }) => `- ${LABELS[tag] ?? tag}${name && ` \`${name}\``}: ${text}`)
  return [
    `### ${name}`,
    `${kind} · [${file.replace('src/', '')}](../${file})${inBrowser ? '' : ' · **Node only**'}`,
    about,
    lines.join('\n'),
    `\`\`\`ts\n${declaration}\n\`\`\``,
    refersTo.length > 0 ? `See ${refersTo.map(link).join(', ')}.` : '',
  ]
    .filter(text => text !== '')
    .join('\n\n')
}

if (process.argv[1] === import.meta.filename)
  writeFileSync(new URL('../docs/api.md', import.meta.url), apiPage())
