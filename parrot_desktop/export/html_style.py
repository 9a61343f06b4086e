"""The style sheet of exported HTML. Its colours are its own: the file is read without the application."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --bg:#f3f5f8; --card:#fff; --line:#dfe4eb; --text:#18202e; --muted:#566173;
  --link:#2f62d9; --good:#0f7a4c; --bad:#c0293a; --wait:#7d6200; --key:#a35400; --name:#1b62b5; --badbg:#fde4e7;
  --addbg:#dcf5e7; --code:#f8f9fb; }
@media (prefers-color-scheme: dark) { :root { --bg:#0e1116; --card:#1b212a; --line:#262d38; --text:#e7eaf0;
  --muted:#9aa4b3; --link:#6f9bff; --good:#3ecf8e; --bad:#f5717b; --wait:#e8c547; --key:#f5a142; --name:#63b3ff;
  --badbg:#3a1b20; --addbg:#12321f; --code:#0e1116; } }
* { box-sizing: border-box; }
body { margin:0; background:var(--bg); color:var(--text); font:14px/1.5 Inter,system-ui,"Segoe UI",sans-serif; }
main { max-width:900px; margin:0 auto; padding:28px 20px 60px; }
h1 { font-size:20px; } h2 { font-size:15px; margin:26px 0 6px; } h2.step { border-bottom:1px solid var(--line); }
h2 small { color:var(--muted); font-weight:400; font-size:12px; }
dl { display:grid; grid-template-columns:max-content 1fr; gap:4px 16px; } dt { color:var(--muted); } dd { margin:0;
  overflow-wrap:anywhere; }
details { margin:7px 0; } summary { cursor:pointer; } .quiet, .turn, .label, .note, .muted { color:var(--muted); }
.turn { border-top:1px solid var(--line); text-align:right; font-size:12px; margin:12px 0 4px; }
.label { font-size:12px; margin:10px 0 4px; }
.card { border:1px solid var(--line); border-radius:10px; background:var(--card); padding:8px 12px; }
.card summary code { color:var(--muted); margin-left:6px; } .outcome { float:right; }
.good, .live { color:var(--good); } .bad { color:var(--bad); } .waiting { color:var(--wait); }
pre, code { font:12px/1.5 "JetBrains Mono",ui-monospace,Menlo,Consolas,monospace; }
pre { background:var(--code); border:1px solid var(--line); border-radius:8px; padding:9px 12px; margin:6px 0;
  white-space:pre-wrap; overflow-wrap:anywhere; }
pre.bad { background:var(--badbg); color:var(--text); } pre i { font-style:normal; }
.diff span { display:block; } .add { background:var(--addbg); } .del { background:var(--badbg); }
.gap { color:var(--muted); }
.keyword { color:var(--key); } .name { color:var(--name); } .string, .number, .added { color:var(--good); }
.comment, .no { color:var(--muted); } .meta { color:var(--wait); } .removed { color:var(--bad); }
.prompt p { white-space:pre-line; } a { color:var(--link); } img { max-width:100%; border:1px solid var(--line); }
table { border-collapse:collapse; } th, td { border:1px solid var(--line); padding:4px 9px; }
blockquote { margin:6px 0; padding-left:12px; border-left:3px solid var(--line); color:var(--muted); }
.todos { list-style:none; padding:0; }
"""
