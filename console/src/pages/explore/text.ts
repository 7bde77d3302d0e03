import { texts } from "../../text/text";

export const text = texts({
  title: ["Explore", "发现镜像"],
  about: ["Public repositories on this Boatyard. Anybody can pull them, without an account.", "这里是所有公开的镜像仓库，任何人无需登录即可拉取。"],
  search: ["Search public repositories", "搜索公开镜像"],
  view: ["View", "查看"],
  emptyTitle: ["Nothing public yet", "还没有公开镜像"],
  emptyText: ["Repositories that their owners make public are listed here, for everybody.", "当用户将仓库设为公开后，会显示在这里。"],
});
