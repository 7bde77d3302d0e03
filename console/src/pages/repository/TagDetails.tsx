import type { Tag } from "../../api/tags";
import { Shell } from "../../components/Commands";
import { CopyButton } from "../../components/Copy";
import { Time } from "../../components/Time";
import { bytes, shortDigest } from "../../lib/format";
import { useText } from "../../text/language";
import styles from "./repository.module.css";
import { tagText } from "./text";

/** Everything that is known of the image behind a tag. */
export function TagDetails({ tag }: { tag: Tag }) {
  const t = useText(tagText);
  return (
    <div className={styles["expanded"]}>
      <Shell lines={[tag.pull_by_tag.docker.join(" && "), tag.pull_by_digest.docker.join(" && ")]} />
      <dl className={styles["keyValues"]}>
        <dt>{t("digest")}</dt>
        <dd className="mono">
          {tag.digest} <CopyButton value={tag.digest} what={t("digest")} />
        </dd>
        {tag.platforms.map((platform) => (
          <PlatformLine key={platform.digest} platform={platform} />
        ))}
        {tag.image_created_at && (
          <>
            <dt>{t("created")}</dt>
            <dd>
              <Time at={tag.image_created_at} />
            </dd>
          </>
        )}
        <dt>{t("pulls")}</dt>
        <dd>
          {tag.pull_count}
          {tag.last_pulled_at && (
            <>
              , {t("lastPull")} <Time at={tag.last_pulled_at} />
            </>
          )}
        </dd>
        <dt>{t("mediaType")}</dt>
        <dd className="mono">{tag.media_type}</dd>
        <Labels labels={tag.labels} />
      </dl>
    </div>
  );
}

function PlatformLine({ platform }: { platform: Tag["platforms"][number] }) {
  const name = [platform.os, platform.architecture, platform.variant].filter(Boolean).join("/");
  return (
    <>
      <dt>{name}</dt>
      <dd>
        {bytes(platform.size)} <span className="mono secondary">{shortDigest(platform.digest)}</span> <CopyButton value={platform.digest} what={name} />
      </dd>
    </>
  );
}

function Labels({ labels }: { labels: Record<string, string> }) {
  return Object.entries(labels).map(([key, value]) => (
    <LabelLine key={key} name={key} value={value} />
  ));
}

function LabelLine({ name, value }: { name: string; value: string }) {
  const isLink = /^https?:\/\//.test(value);
  return (
    <>
      <dt className="mono break">{name}</dt>
      <dd>{isLink ? <a href={value} rel="noreferrer nofollow" target="_blank">{value}</a> : value}</dd>
    </>
  );
}
