/** One order. */
export interface Order {
  readonly id: number
  readonly item: string
  readonly quantity: number
}

/** The orders that all examples serve, in memory. */
export interface OrderBook {
  add(item: string, quantity: number): Order
  get(id: number): Order | undefined
  /** The first page. */
  list(): readonly Order[]
}

const PAGE_SIZE = 20
/** An example should not grow for ever: from here on orders are confirmed and forgotten. */
const MAX_ORDERS = 1000

/** A book with three orders in it. */
export function createOrderBook(): OrderBook {
  const orders: Order[] = []
  const book: OrderBook = {
    add(item, quantity) {
      const order = { id: orders.length + 1, item, quantity }
      if (orders.length < MAX_ORDERS) orders.push(order)
      return order
    },
    get: id => orders[id - 1],
    list: () => orders.slice(0, PAGE_SIZE),
  }
  book.add('tea', 2)
  book.add('coffee', 1)
  book.add('cake', 3)
  return book
}
