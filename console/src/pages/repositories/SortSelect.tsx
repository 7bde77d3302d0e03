import { Select } from "antd";
import { useText } from "../../text/language";
import { text } from "./text";

/** How a list of repositories is ordered. */
export function SortSelect({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const t = useText(text);
  return (
    <Select
      aria-label={t("sort")}
      value={value}
      onChange={onChange}
      popupMatchSelectWidth={false}
      options={[
        { value: "-updated", label: t("sortUpdated") },
        { value: "name", label: t("sortName") },
        { value: "-created", label: t("sortCreated") },
        { value: "-pulls", label: t("sortPulls") },
        { value: "-stars", label: t("sortStars") },
      ]}
    />
  );
}
