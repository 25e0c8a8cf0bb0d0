/** Solves `rows · x = values` for a small square system by elimination with row exchange. */
export function solveLinear(rows: readonly (readonly number[])[], values: readonly number[]): number[] {
  const table = rows.map((row, i) => [...row, values[i]!])
  for (let column = 0; column < table.length; column++) {
    const rest = table.slice(column)
    const pivot = column + rest.indexOf(rest.reduce((a, b) => (Math.abs(b[column]!) > Math.abs(a[column]!) ? b : a)))
    ;[table[column], table[pivot]] = [table[pivot]!, table[column]!]
    const chosen = table[column]!
    for (const row of table) {
      if (row === chosen) continue
      const factor = row[column]! / chosen[column]!
      for (let j = column; j < row.length; j++) row[j]! -= factor * chosen[j]!
    }
  }
  return table.map((row, i) => row.at(-1)! / row[i]!)
}
