import { texts } from "../../text/text";

export const text = texts({
  title: ["Storage", "存储空间"],
  kept: ["{used} in {tags} {tags|tag|tags} of {repositories} {repositories|repository|repositories}", "{repositories} 个仓库，{tags} 个版本，共 {used}"],
  keptOf: ["{used} of {most}, in {tags} {tags|tag|tags} of {repositories} {repositories|repository|repositories}", "{repositories} 个仓库，{tags} 个版本，已用 {used}，上限 {most}"],
  bar: ["{percent} % of the quota is used", "已使用配额的 {percent}%"],
  nearly: ["{namespace} is nearly full: {percent} % of its quota is used", "{namespace} 的空间即将用完：已使用配额的 {percent}%"],
  full: ["{namespace} is full: nothing more can be pushed or built into it", "{namespace} 的空间已用完，无法再推送或构建镜像"],
  makeRoom: [
    "Delete tags that nobody needs, or ask an administrator for more. Pulling goes on.",
    "请删除不再需要的版本，或联系管理员调整配额。拉取不受影响。",
  ],
  change: ["Change the quota", "调整配额"],
  changeTitle: ["How much {namespace} may keep", "{namespace} 的存储配额"],
  kind: ["Quota", "配额"],
  limit: ["So many GiB", "指定 GiB 数"],
  unlimited: ["As many as it likes", "不限"],
  settings: ["No quota of its own: what the settings say for all", "取消单独配额，使用全局设置"],
  gib: ["GiB", "上限（GiB）"],
  gibHelp: ["What is there stays, even if it is more. 0: nothing can be pushed.", "已有的镜像会保留，即使超出配额。0 表示禁止推送。"],
  required: ["Fill this in", "请填写此项"],
  save: ["Save", "保存"],
  cancel: ["Cancel", "取消"],
  saved: ["The quota of {namespace} is changed", "{namespace} 的配额已调整"],
});
