/** How full a namespace is. Pure. */

const NEARLY_FULL = 0.9;

export interface Fullness {
  state: "roomy" | "nearly" | "full";
  percent: number;
}

/** How much of what a namespace may keep it keeps; null where it may keep as much as it likes. */
export function fullness({ bytes, max_bytes }: { bytes: number; max_bytes: number | null }): Fullness | null {
  if (max_bytes === null) return null;
  if (bytes >= max_bytes) return { state: "full", percent: 100 };
  const share = bytes / max_bytes;
  return { state: share >= NEARLY_FULL ? "nearly" : "roomy", percent: Math.floor(share * 100) };
}
