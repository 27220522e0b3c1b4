import { glob, readFile } from 'node:fs/promises'
import ts from 'typescript'

const most = { ownLines: 40, factoryLines: 70, branches: 10 } as const
const sources = ['operator/**/*.ts', 'hack/**/*.ts']

const branchKinds: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.IfStatement,
  ts.SyntaxKind.ConditionalExpression,
  ts.SyntaxKind.CatchClause,
  ts.SyntaxKind.ForStatement,
  ts.SyntaxKind.ForInStatement,
  ts.SyntaxKind.ForOfStatement,
  ts.SyntaxKind.WhileStatement,
  ts.SyntaxKind.DoStatement,
])

const branchOperators: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.BarBarToken,
])

/*
 * What is inside of a function counts for that function alone: a factory that holds ten small functions is small. Linters
 * that add nested functions up would have us write classes instead.
 */
const faults: string[] = []
let functions = 0
for await (const path of glob(sources)) {
  if (path.includes('/generated/')) continue
  const file = ts.createSourceFile(path, await readFile(path, 'utf8'), ts.ScriptTarget.Latest, true)
  visit(file, (node) => {
    functions += 1
    faults.push(...faultsOf(node, file))
  })
}

for (const fault of faults) process.stderr.write(`${fault}\n`)
process.stdout.write(`${functions} functions, ${faults.length} too large\n`)
process.exitCode = faults.length === 0 && functions > 0 ? 0 : 1

function visit(node: ts.Node, found: (node: ts.SignatureDeclaration) => void): void {
  if (ts.isFunctionLike(node)) found(node)
  ts.forEachChild(node, (child) => visit(child, found))
}

function faultsOf(node: ts.SignatureDeclaration, file: ts.SourceFile): string[] {
  const { line } = file.getLineAndCharacterOfPosition(node.getStart())
  const at = `${file.fileName}:${line + 1} ${node.name?.getText() ?? 'a function'}`
  const lines = ownLines(node, file)
  const mostLines = isFactory(node) ? most.factoryLines : most.ownLines
  const branches = 1 + ownBranches(node)
  return [
    ...(lines > mostLines ? [`${at}: ${lines} lines of its own, at most ${mostLines}`] : []),
    ...(branches > most.branches ? [`${at}: ${branches} ways through it, at most ${most.branches}`] : []),
  ]
}

/** A function that mostly declares others over shared state: what a class is elsewhere. */
function isFactory(node: ts.Node): boolean {
  let nested = 0
  inside(node, (child) => {
    if (ts.isFunctionLike(child)) nested += 1
  })
  return nested >= 5
}

function ownLines(node: ts.Node, file: ts.SourceFile): number {
  const span = (of: ts.Node) => {
    const line = (position: number) => file.getLineAndCharacterOfPosition(position).line
    return line(of.getEnd()) - line(of.getStart())
  }
  let nested = 0
  inside(node, (child) => {
    if (ts.isFunctionLike(child)) nested += span(child)
  })
  return span(node) + 1 - nested
}

/** McCabe's count, without that of nested functions. */
function ownBranches(node: ts.Node): number {
  let count = 0
  inside(node, (child) => {
    if (isBranch(child)) count += 1
  })
  return count
}

/** Everything in `node` down to nested functions, which are named but not entered. */
function inside(node: ts.Node, found: (child: ts.Node) => void): void {
  ts.forEachChild(node, (child) => {
    found(child)
    if (!ts.isFunctionLike(child)) inside(child, found)
  })
}

function isBranch(node: ts.Node): boolean {
  return branchKinds.has(node.kind) || (ts.isBinaryExpression(node) && branchOperators.has(node.operatorToken.kind))
}
