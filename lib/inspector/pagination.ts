import type { CompiledFlow } from '../registry/compiled-flow.js'

/** What a list is asked for with. */
export interface PageQuery {
  /** From 1. */
  readonly page: number
  readonly page_size: number
  /** Text that the slug, name or title holds, in any case. */
  readonly search?: string
  /** A field to sort by; with a minus in front, the other way round. Defaults to the slug. */
  readonly ordering?: string
  readonly designation?: string
}

/** A page of a list, as the original paginates. */
export interface Page<T> {
  readonly pagination: {
    readonly next: number
    readonly previous: number
    readonly count: number
    readonly current: number
    readonly total_pages: number
    readonly start_index: number
    readonly end_index: number
  }
  readonly results: readonly T[]
}

const SORTABLE = ['slug', 'name', 'title', 'designation'] as const

/** One page of the flows that fit the query. A page beyond the last is the last. */
export function paginated<T> (flows: readonly CompiledFlow[], query: PageQuery, view: (flow: CompiledFlow) => T): Page<T> {
  const found = sorted(flows.filter((flow) => fits(flow, query)), query.ordering ?? 'slug')
  const pages = Math.max(1, Math.ceil(found.length / query.page_size))
  const current = Math.min(query.page, pages)
  const start = (current - 1) * query.page_size
  const results = found.slice(start, start + query.page_size)
  return {
    pagination: {
      next: current < pages ? current + 1 : 0,
      previous: current > 1 ? current - 1 : 0,
      count: found.length,
      current,
      total_pages: pages,
      start_index: found.length === 0 ? 0 : start + 1,
      end_index: start + results.length
    },
    results: results.map(view)
  }
}

function fits ({ flow }: CompiledFlow, { search, designation }: PageQuery): boolean {
  if (designation !== undefined && flow.designation !== designation) return false
  const wanted = search?.toLowerCase() ?? ''
  return [flow.slug, flow.name, flow.title].some((text) => text.toLowerCase().includes(wanted))
}

function sorted (flows: readonly CompiledFlow[], ordering: string): CompiledFlow[] {
  const down = ordering.startsWith('-')
  const field = SORTABLE.find((name) => name === ordering.replace(/^-/, '')) ?? 'slug'
  return flows.toSorted(({ flow: a }, { flow: b }) => {
    const [left, right] = down ? [b, a] : [a, b]
    return left[field] < right[field] ? -1 : left[field] > right[field] ? 1 : 0
  })
}
