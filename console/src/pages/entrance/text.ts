import { texts } from "../../text/text";

export const text = texts({
  signIn: ["Sign in", "登录"],
  signUp: ["Sign up", "注册"],
  username: ["Username", "用户名"],
  password: ["Password", "密码"],
  email: ["E-mail", "邮箱"],
  welcome: ["Sign in to Boatyard", "登录 Boatyard"],
  newHere: ["New here?", "还没有账号？"],
  makeAccount: ["Make an account", "注册新账号"],
  haveAccount: ["You have an account?", "已有账号？"],
  makeTitle: ["Make your account", "注册账号"],
  usernameHelp: ["Also the first part of your images' names. It never changes.", "同时也是你的镜像名称的第一部分，注册后不可修改。"],
  passwordHelp: ["At least {least} characters. A few words you can remember are best.", "至少 {least} 个字符，建议使用几个容易记住的词组成。"],
  claim: [
    "Container images: built from GitHub, kept in a registry, announced to whoever needs to know.",
    "容器镜像的家：从 GitHub 构建，保存在镜像仓库，并通知每一个需要知道的人。",
  ],
  look: ["Look around without an account", "不登录，先看看"],
  required: ["Fill this in", "请填写此项"],
  tooShort: ["Too short: at least {least} characters", "太短了：至少 {least} 个字符"],
});
