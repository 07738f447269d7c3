/** Style of the pages; its digest stands in the content security policy, so nothing else may style them. */
export const style = `
:root{color-scheme:light dark;--ink:#12151c;--soft:#626b7b;--card:#fff;--ground:#f3f5fa;--glow:#dfe7ff;--line:#e4e8f0;--tile:#f6f8fc;--main:#2d5bff;--deep:#1d3fd0;--good:#0a7d4f;--goodbg:#def5ea;--warn:#935c00;--warnbg:#fdf0d6;--bad:#b3261e;--badbg:#fde4e2;--shade:0 1px 2px rgb(18 28 60/5%),0 12px 32px -12px rgb(18 28 60/14%)}
@media(prefers-color-scheme:dark){:root{--ink:#eef1f7;--soft:#98a2b5;--card:#161a22;--ground:#0b0d12;--glow:#17204a;--line:#272d3a;--tile:#1d222c;--main:#4a72ff;--deep:#2f57ee;--good:#5fdca6;--goodbg:#12352a;--warn:#f3c06a;--warnbg:#3a2d13;--bad:#ff9d95;--badbg:#431d1b;--shade:none}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;min-height:100vh;background:radial-gradient(60rem 26rem at 50% -8rem,var(--glow),transparent) no-repeat var(--ground);color:var(--ink);font:16px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;-webkit-font-smoothing:antialiased}
.page{max-width:472px;margin:0 auto;padding:20px 16px 32px}
header{display:flex;align-items:center;gap:12px;padding:4px 4px 18px}
.brand{flex:1;min-width:0;font-size:18px;font-weight:650;letter-spacing:-.01em;overflow-wrap:anywhere}
.mark{flex:none;display:grid;place-items:center;width:40px;height:40px;border-radius:13px;background:linear-gradient(140deg,var(--main),var(--deep));color:#fff;font-weight:700;font-size:18px}
header a,footer a{color:var(--soft);font-size:14px;text-decoration:none;padding:8px 4px}
header a:hover,footer a:hover{color:var(--main)}
h1,h2,p,dl,dd{margin:0}
h1{font-size:20px;line-height:1.25;letter-spacing:-.02em;text-wrap:balance}
h2{font-size:17px;line-height:1.3;letter-spacing:-.01em}
.soft{color:var(--soft);font-size:14px;text-wrap:pretty}
.card{background:var(--card);border:1px solid var(--line);border-radius:24px;padding:22px 20px;box-shadow:var(--shade)}
.card+.card,.side .card,.side{margin-top:14px}
.side .card:first-child{margin-top:0}
.top{display:flex;align-items:center;justify-content:space-between;gap:12px}
.state{display:inline-flex;align-items:center;gap:7px;padding:5px 12px 5px 10px;border-radius:99px;font-size:14px;font-weight:600;white-space:nowrap}
.state::before{content:"";width:8px;height:8px;border-radius:50%;background:currentColor}
.good{color:var(--good);background:var(--goodbg)}
.warn{color:var(--warn);background:var(--warnbg)}
.bad{color:var(--bad);background:var(--badbg)}
.facts{display:grid;grid-template-columns:1fr 1fr;gap:10px;margin-top:16px}
.facts>div{background:var(--tile);border-radius:16px;padding:13px 14px 14px;min-width:0}
.facts dt{color:var(--soft);font-size:13px}
.facts dd{font-size:13px;color:var(--soft)}
.facts dd.big{margin-top:3px;color:var(--ink);font-size:21px;line-height:1.25;font-weight:680;letter-spacing:-.02em}
.bar{display:block;width:100%;height:6px;margin-top:9px;border-radius:9px;background:var(--line)}
.bar rect{fill:var(--main)}
.facts.one{grid-template-columns:1fr}
.advice{margin-top:14px;font-size:15px}
.link h2{margin-bottom:4px}
.systems{display:flex;flex-wrap:wrap;gap:2px;margin:14px 0 16px;padding:4px;border-radius:14px;background:var(--tile)}
.systems a{flex:1;padding:9px 5px;border-radius:11px;color:var(--soft);font-size:13px;font-weight:550;text-align:center;text-decoration:none;white-space:nowrap}
.systems a:hover{color:var(--ink)}
.systems a[aria-current]{background:var(--card);color:var(--ink);box-shadow:0 1px 3px rgb(18 28 60/16%)}
a.app{display:flex;align-items:center;gap:12px;min-height:56px;padding:8px 14px 8px 9px;border:1px solid var(--line);border-radius:16px;color:inherit;text-decoration:none;font-weight:580;transition:border-color .15s,background .15s}
a.app+a.app,.main+.note+a.app{margin-top:8px}
a.app:hover{border-color:var(--main);background:var(--tile)}
a.app::after{content:"";flex:none;width:8px;height:8px;margin-left:auto;border:solid var(--soft);border-width:2px 2px 0 0;transform:rotate(45deg)}
.icon{flex:none;display:grid;place-items:center;width:40px;height:40px;border-radius:12px;color:#fff;font-size:15px;font-weight:700;letter-spacing:-.02em;background:linear-gradient(145deg,#5b7cfa,#3450d2)}
.i1{background:linear-gradient(145deg,#23b58e,#0d7f68)}.i2{background:linear-gradient(145deg,#8c6bf2,#5c3bc9)}.i3{background:linear-gradient(145deg,#f0854a,#c9501b)}.i4{background:linear-gradient(145deg,#31a7e0,#1673ad)}.i5{background:linear-gradient(145deg,#e8618c,#b8305f)}.i6{background:linear-gradient(145deg,#5d6880,#363f54)}
a.main{justify-content:center;min-height:60px;border:0;background:linear-gradient(180deg,var(--main),var(--deep));color:#fff;font-size:17px;font-weight:650;box-shadow:0 10px 24px -10px var(--main)}
a.main:hover{background:var(--deep)}
a.main::after{margin-left:2px;border-color:#fff}
.main+.note{margin:8px 0 16px;text-align:center}
details{margin-top:12px}
summary{display:flex;align-items:center;justify-content:center;min-height:44px;border-radius:14px;color:var(--main);font-size:15px;font-weight:600;cursor:pointer;list-style:none}
summary::-webkit-details-marker{display:none}
summary::after{content:"";width:7px;height:7px;margin:-4px 0 0 9px;border:solid;border-width:0 2px 2px 0;transform:rotate(45deg)}
details[open] summary::after{margin-top:4px;transform:rotate(225deg)}
summary:hover{background:var(--tile)}
details[open] summary{margin-bottom:8px}
.group{margin:16px 0 8px}
.hint{margin-top:14px;padding-top:14px;border-top:1px solid var(--line)}
.qr{display:grid;justify-items:center;gap:14px;text-align:center}
.qr svg{display:block;width:216px;height:216px;padding:18px;border:1px solid var(--line);border-radius:18px;background:#fff}
code{display:block;margin-top:12px;padding:12px 14px;border-radius:14px;background:var(--tile);font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;word-break:break-all;user-select:all;-webkit-user-select:all}
.copy,.support{display:grid;place-items:center;width:100%;min-height:48px;margin-top:10px;border:1px solid var(--line);border-radius:14px;background:var(--card);color:var(--ink);font:inherit;font-weight:600;text-decoration:none;cursor:pointer}
.copy[hidden]{display:none}
.support{margin-top:18px}
.copy:hover,.support:hover{border-color:var(--main)}
.copy.done{color:var(--good);border-color:currentColor}
.secret{margin-top:12px}
a:focus-visible,button:focus-visible,summary:focus-visible{outline:3px solid var(--main);outline-offset:2px}
footer{padding:16px 4px 0;text-align:center}
.alone{display:grid;place-items:center;min-height:100vh;padding-top:0}
.alone .card{width:100%;padding:32px 24px;text-align:center}
.alone .soft{margin-top:8px;font-size:15px}
@media(min-width:900px){
.page{max-width:976px;padding:36px 32px 48px}
.wide{display:grid;grid-template-columns:minmax(0,1fr) 344px;gap:20px;align-items:start}
.side{margin-top:0}
.card{padding:28px}
.side .card{padding:26px 24px}
.card+.card,.side .card{margin-top:20px}
.list{display:grid;grid-template-columns:1fr 1fr;gap:8px}
.list a.app+a.app,.list a.app{margin-top:0}
.facts dd.big{font-size:26px}
h1{font-size:26px}
.systems a{font-size:14px}
.alone,.narrow{max-width:520px}
}
@media(prefers-reduced-motion:reduce){*{transition:none!important}}
`;
