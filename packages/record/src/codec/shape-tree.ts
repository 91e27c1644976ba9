/**
 * Finds the shape of a record, the ordered names of its fields, while they are walked: a tree with a step per name. Records of one
 * kind walk one path, and each node remembers the child it went to last, so a step is one comparison of two pointers.
 */
import { OBJECT_BYTES } from './frame.ts'

/** The tree starts anew beyond this: an application that makes names out of data must not grow it for ever. */
const MAX_NODES = 4096

/** Longer names are no names, in UTF-16 units. */
export const MAX_NAME_LENGTH = 512

/** What the frame (`id`) and the language (`__proto__`) keep for themselves. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set(['id', '__proto__'])

/** Fields of whose values there may be only so many (cardinality.ts). */
const BOUNDED_FIELDS: ReadonlySet<string> = new Set(['route', 'tags'])

/** A point on the path from no fields to a shape. */
export interface ShapeNode {
  readonly name: string
  readonly parent: ShapeNode | undefined
  lastName: string
  lastChild: ShapeNode | undefined
  children: Map<string, ShapeNode> | undefined
  /** Whether it is one of BOUNDED_FIELDS. */
  readonly bounded: boolean
  /** Whether records may have this shape; false: not asked yet, or not. */
  admitted: boolean
  /** The batch in which this node last was a shape, and its number there. */
  batch: number
  index: number
}

/** The shapes of the batch being built. */
export interface ShapeTree {
  /** Where every record starts. */
  root(): ShapeNode
  /** One field further; undefined for a name no field may have: `id`, `__proto__`, or longer than MAX_NAME_LENGTH. */
  step(node: ShapeNode, name: string): ShapeNode | undefined
  /** The number of the node's shape in the current batch; entered into it if it is new there. */
  shapeOf(node: ShapeNode): number
  /** Estimated bytes of the current batch's shapes. */
  readonly bytes: number
  /** Hands over the current batch's shapes and starts the next. */
  take(): readonly (readonly string[])[]
}

export function createShapeTree(): ShapeTree {
  let root = createNode('', undefined)
  let nodes = 0
  let batch = 1
  let shapes: string[][] = []

  function otherChild(node: ShapeNode, name: string): ShapeNode | undefined {
    if (name.length > MAX_NAME_LENGTH || RESERVED_NAMES.has(name)) return undefined
    node.children ??= new Map()
    let child = node.children.get(name)
    if (child === undefined) {
      child = createNode(name, node)
      node.children.set(name, child)
      nodes++
    }
    node.lastName = name
    node.lastChild = child
    return child
  }

  function enterShape(node: ShapeNode): number {
    const names = namesOf(node)
    tree.bytes += OBJECT_BYTES
    for (const name of names) tree.bytes += 8 + name.length
    node.batch = batch
    node.index = shapes.push(names) - 1
    return node.index
  }

  // Asked several times for each record, so a plain field: an engine looks everything up by name in an object that has a getter.
  const tree = {
    bytes: 0,
    root() {
      if (nodes > MAX_NODES) {
        root = createNode('', undefined)
        nodes = 0
      }
      return root
    },
    step: (node: ShapeNode, name: string) =>
      node.lastName === name && node.lastChild !== undefined ? node.lastChild : otherChild(node, name),
    shapeOf: (node: ShapeNode) => (node.batch === batch ? node.index : enterShape(node)),
    take() {
      const taken = shapes
      shapes = []
      tree.bytes = 0
      batch++
      return taken
    },
  }
  return tree
}

/** The names on the way to a node. */
export function namesOf(node: ShapeNode): string[] {
  const names: string[] = []
  for (let at = node; at.parent !== undefined; at = at.parent) names.push(at.name)
  return names.reverse()
}

function createNode(name: string, parent: ShapeNode | undefined): ShapeNode {
  return {
    name,
    parent,
    lastName: '',
    lastChild: undefined,
    children: undefined,
    bounded: BOUNDED_FIELDS.has(name),
    admitted: false,
    batch: 0,
    index: 0,
  }
}
