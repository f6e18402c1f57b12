// Black on white, a page of A4 with margins of its own, and no colour that a printer must guess at.
let pageStyle = """
  @page{size:A4;margin:18mm}
  *{box-sizing:border-box}
  body{margin:0 auto;max-width:46rem;padding:1.5rem;background:#fff;color:#000;font:15px/1.5 system-ui,-apple-system,\
  'Segoe UI',Roboto,'Noto Sans',sans-serif}
  header{display:flex;justify-content:space-between;gap:2rem;border-bottom:2px solid #000;padding-bottom:1rem}
  h1{margin:0;font-size:1.7rem;line-height:1.2}
  h2{margin:0 0 .2rem;font-size:.8rem;text-transform:uppercase;letter-spacing:.06em}
  p{margin:0}
  .right{text-align:right}
  .parties{display:grid;grid-template-columns:1fr 1fr;gap:2rem;margin:1.3rem 0}
  .pre{white-space:pre-line}
  table{width:100%;border-collapse:collapse;font-variant-numeric:tabular-nums}
  th,td{padding:.45rem .5rem;text-align:left;vertical-align:top}
  thead th{border-bottom:1px solid #000;font-size:.85rem}
  tbody td{border-bottom:1px solid #000}
  tfoot td,tfoot th{padding:.25rem .5rem;font-weight:400}
  .number{text-align:right;white-space:nowrap}
  .total td,.total th{border-top:2px solid #000;font-weight:700;font-size:1.1rem}
  .words{margin:.6rem 0 1.3rem}
  dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:0;font-size:.9rem}
  dt{font-weight:600}
  dd{margin:0;overflow-wrap:anywhere}
  footer{margin-top:1.6rem;border-top:1px solid #000;padding-top:.6rem;font-size:.8rem}
  table,dl,.parties{break-inside:avoid}
  @media print{body{padding:0;max-width:none;font-size:11pt}}
  @media (max-width:34rem){header,.parties{display:block}.right{text-align:left;margin-top:1rem}.parties>*+*{margin-top:1rem}}
  """

let pageTemplate = """
  <!doctype html>
  <html lang="en-IN"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="POLICY">\
  <meta name="viewport" content="width=device-width">
  <title>{{title}} {{number}}</title><style>STYLE</style></head>
  <body>
  <header>
  <div><h1>{{title}}</h1><p>No. <strong>{{number}}</strong></p><p>{{date}}</p></div>
  <div class="right"><p><strong>{{seller}}</strong></p>{{#address}}<p class="pre">{{address}}</p>{{/address}}\
  <p>{{sellerState}}</p>{{#sellerGSTIN}}<p>GSTIN {{sellerGSTIN}}</p>{{/sellerGSTIN}}</div>
  </header>
  <section class="parties">
  <div><h2>Billed to</h2><p><strong>{{buyer}}</strong></p>\
  {{#buyerAddress}}<p class="pre">{{buyerAddress}}</p>{{/buyerAddress}}{{#email}}<p>{{email}}</p>{{/email}}\
  {{#buyerState}}<p>{{buyerState}}</p>{{/buyerState}}{{#buyerGSTIN}}<p>GSTIN {{buyerGSTIN}}</p>{{/buyerGSTIN}}</div>
  <div>{{#place}}<h2>Place of supply</h2><p>{{place}}</p>{{/place}}\
  {{#credit}}<h2>Against</h2>{{#note}}<p>{{creditNote}} of {{issued}}</p>{{/note}}<p>{{receipt}} of {{date}}</p>\
  <p>{{reason}}</p>{{/credit}}</div>
  </section>
  <table>
  <thead><tr><th scope="col">Description</th><th scope="col">SAC</th><th scope="col">Quantity</th>\
  <th scope="col" class="number">{{#isTaxed}}Taxable value{{/isTaxed}}{{^isTaxed}}Value{{/isTaxed}}</th></tr></thead>
  <tbody><tr><td>{{item}}</td><td>{{sac}}</td><td>{{quantity}}</td><td class="number">{{taxable}}</td></tr></tbody>
  <tfoot>
  {{#taxes}}<tr><th scope="row" colspan="3" class="number">{{kind}} at {{rate}}</th><td class="number">{{amount}}</td></tr>
  {{/taxes}}<tr class="total"><th scope="row" colspan="3" class="number">\
  {{totalName}}</th><td class="number">{{total}}</td></tr>
  </tfoot>
  </table>
  <p class="words">{{words}}</p>
  <dl>
  <dt>Paid on</dt><dd>{{paid}}</dd><dt>Payment</dt><dd>{{payment}}</dd><dt>Order</dt><dd>{{order}}</dd>\
  {{#credit}}<dt>Refund</dt><dd>{{refund}}</dd>{{/credit}}
  </dl>
  <footer><p>All amounts in {{currency}}. {{#isTaxed}}Tax is not payable on reverse charge. {{/isTaxed}}\
  {{#isUntaxed}}The seller is not registered under GST, and no tax is charged. {{/isUntaxed}}Made by a computer; it needs no signature.</p></footer>
  </body></html>
  """
