// The steps of a script: each is timed, and the first that fails ends the script.
let passed = 0

/** Counts what was done, and ends the script with what was being done when it failed. */
export async function step(name, act) {
  const start = performance.now()
  try {
    const result = await act()
    console.log(`${name}: ${Math.round(performance.now() - start)} ms`)
    passed += 1
    return result
  } catch (error) {
    console.error(`${name} failed: ${error?.message ?? error}`)
    console.log(`${passed} passed, 1 failed`)
    process.exit(1)
  }
}

/** Prints the count of a script whose steps have all passed. */
export function end() {
  console.log(`${passed} passed, 0 failed`)
}
