/// The look of the page: one column, light or dark as the reader's system is, readable on a phone.
enum PageStyle {
    /// The style sheet.
    static let text = """
        :root{color-scheme:light dark;--back:#fbfaf8;--card:#fff;--ink:#22262b;--faint:#69707a;--rule:#e2e0db;
        --blue:#2b6cb0;--green:#2f8f5b;--red:#c2413b;--amber:#c58a1b;--grey:#c9ccd1;--violet:#7a5bb5}
        @media(prefers-color-scheme:dark){:root{--back:#15181c;--card:#1d2126;--ink:#e6e8eb;--faint:#9aa2ad;--rule:#32373e;
        --blue:#6aa9e9;--green:#57bd88;--red:#ef7c74;--amber:#e0b04f;--grey:#4a515a;--violet:#a98be0}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--back);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
        main{max-width:860px;margin:0 auto;padding:24px 16px 64px}
        h1{font-size:1.5rem;margin:0 0 .2rem;overflow-wrap:anywhere}h2{font-size:1.25rem;margin:2.6rem 0 .2rem;overflow-wrap:anywhere}
        h3{font-size:1rem;margin:0 0 .3rem}
        .sub{color:var(--faint);margin:0 0 1rem;overflow-wrap:anywhere}
        .verdict{border-left:5px solid var(--grey);background:var(--card);padding:.8rem 1rem;margin:0 0 1.2rem;border-radius:0 8px 8px 0}
        .verdict b{font-size:1.15rem}.verdict.yes{border-color:var(--green)}.verdict.partly{border-color:var(--amber)}
        .verdict.hardly{border-color:var(--red)}
        .facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:10px;margin:0 0 1.2rem}
        .facts div,figure,details{background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:.7rem .8rem}
        .facts dt{color:var(--faint);font-size:.8rem}.facts dd{margin:0;font-size:1.35rem;font-weight:600;line-height:1.3}
        .facts small{display:block;color:var(--faint);font-size:.75rem;font-weight:400;line-height:1.35}
        figure{margin:0 0 1rem}figure p{margin:.1rem 0 .5rem;color:var(--faint);font-size:.86rem}
        .scroll{overflow-x:auto}
        svg{display:block;width:100%;min-width:440px;height:auto;font:12px system-ui,-apple-system,"Segoe UI",sans-serif}
        main>.scroll{margin-bottom:1rem}svg.narrow{min-width:0;max-width:460px}svg text{fill:var(--faint)}.small{font-size:11px}
        .legend span{display:inline-block;margin-right:1rem;white-space:nowrap}
        .legend i{display:inline-block;width:14px;height:10px;margin-right:.35rem;border-radius:2px;background:var(--grey)}
        .grid{stroke:var(--rule)}polyline{fill:none;stroke-linejoin:round}
        .actual{stroke:var(--ink);stroke-width:1.5}.median{stroke:var(--blue);stroke-width:1.2;stroke-dasharray:3 2}
        .band90,.fan90{fill:var(--blue);fill-opacity:.14}.band50,.fan50{fill:var(--blue);fill-opacity:.26}
        .fan90{fill:var(--violet);fill-opacity:.18}.fan50{fill:var(--violet);fill-opacity:.3}
        .fan{stroke:var(--violet);stroke-width:1.6}
        path.hit{stroke:var(--green);stroke-width:1.6}path.missed{stroke:var(--grey);stroke-width:1.6}
        path.wrong{stroke:var(--red);stroke-width:1.6}path.expired{stroke:var(--amber);stroke-width:1.6}
        rect.hit{fill:var(--green)}rect.missed{fill:var(--grey);fill-opacity:.45}
        .precision{stroke:var(--blue);stroke-width:2}.area{fill:var(--blue);fill-opacity:.22}.areaLine{stroke:var(--blue);stroke-width:1.4}
        .diagonal{stroke:var(--faint);stroke-dasharray:5 4}.curve{stroke:var(--blue);stroke-width:1.6}
        .bin{fill:var(--blue);fill-opacity:.75}
        .model0{fill:#4477aa}.model1{fill:#66ccee}.model2{fill:#228833}.model3{fill:#ccbb44}.model4{fill:#ee6677}
        .model5{fill:#aa3377}.model6{fill:#dd9955}.model7{fill:#999}
        i.actual{background:var(--ink);height:3px;vertical-align:middle}i.median{background:var(--blue);height:3px;vertical-align:middle}
        i.band90{background:var(--blue);opacity:.25}i.band50{background:var(--blue);opacity:.5}i.hit{background:var(--green)}
        i.fan50{background:var(--violet);opacity:.5}i.wrong{background:var(--red)}i.expired{background:var(--amber)}
        i.precision{background:var(--blue);height:3px;vertical-align:middle}
        i.model0{background:#4477aa}i.model1{background:#66ccee}i.model2{background:#228833}i.model3{background:#ccbb44}
        i.model4{background:#ee6677}i.model5{background:#aa3377}i.model6{background:#dd9955}i.model7{background:#999}
        .side{display:flex;flex-wrap:wrap;gap:1.5rem}.side>.scroll{flex:1 1 260px}
        details{margin:0 0 .8rem}summary{cursor:pointer;font-weight:600}
        table{border-collapse:collapse;width:100%;font-size:.86rem;margin-top:.6rem}
        th{color:var(--faint);font-weight:500;text-align:right;white-space:nowrap}
        td{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
        th,td{padding:.22rem .5rem;border-bottom:1px solid var(--rule)}th:first-child,td:first-child{text-align:left}
        footer{color:var(--faint);font-size:.8rem;margin-top:2rem}a{color:var(--blue)}
        @media(max-width:600px){svg{font-size:16px}.small{font-size:13px}svg.narrow{font-size:13px}}
        """
}
