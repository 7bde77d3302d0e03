import { texts } from "../../text/text";

export const text = texts({
  title: ["Create repository", "创建新的仓库"],
  repositories: ["Repositories", "镜像仓库"],
  name: ["Repository name", "仓库名称"],
  namespace: ["Namespace", "命名空间"],
  nameHelp: [
    "2 to 64 of a-z, 0-9 and the separators - _ . ; it can never be changed.",
    "2-64 位的小写字母、数字、分隔符（“-”、“_”、“.”），分隔符不能为开头。仓库一旦创建成功，名称将无法修改。",
  ],
  required: ["Give it a name", "请填写仓库名称"],
  free: ["{name} is free", "{name} 可以使用"],
  taken: ["There is a repository {name} already", "{name} 已存在"],
  summary: ["Summary", "摘要"],
  summaryHelp: ["One line, shown in lists.", "一句话介绍，显示在列表中。"],
  details: ["Details", "详情"],
  continuous: ["Continuous build", "持续构建"],
  continuousHelp: ["A push at GitHub becomes a new version here, by itself.", "向 GitHub 推送代码后，自动构建出新的镜像版本。"],
  rules: ["Build rules", "构建规则"],
  removeRule: ["Take this rule out", "移除该规则"],
  halfMade: ["The repository is made, but building could not be set up: {why}", "仓库已创建，但持续构建设置失败：{why}"],
  linkFirst: ["Link a GitHub account, or switch continuous build off", "请先关联 GitHub 账号，或关闭持续构建"],
  create: ["Create", "创建"],
  cancel: ["Cancel", "取消"],
});
