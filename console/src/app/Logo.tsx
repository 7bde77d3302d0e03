/** The mark of Boatyard. */
export function Logo({ size = 26 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="7" fill="#1260c4" />
      <path d="M16 5.5v12.2" stroke="#fff" strokeWidth="2" strokeLinecap="round" />
      <path d="M17.6 7.2l6.2 8.6h-6.2z" fill="#fff" />
      <path d="M14.2 9.4v6.4H9.8z" fill="#fff" opacity=".75" />
      <path d="M5.8 18.8h20.4l-2.5 5.6a2 2 0 0 1-1.8 1.2H10.1a2 2 0 0 1-1.8-1.2z" fill="#fff" />
    </svg>
  );
}
