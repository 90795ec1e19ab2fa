/** The lists that programs of a proof may read, by product, as the products' own documentation describes them. */

export type Product = "freshdesk" | "freshservice" | "freshsales" | "freshchat" | "shop"

/** A further call for each item that is new to the program. */
export interface DetailWay {
  readonly path: string
  readonly entity: string
  /** Where the items are in the body; empty where the body is the item, or the array of them. */
  readonly at: string
  /** The items are stubs: each is read by one more call to this path. */
  readonly each?: { readonly path: string; readonly entity: string }
}

export interface Way {
  readonly entity: string
  readonly path: string
  readonly at: string
  readonly mode: "since" | "all" | "newest" | "search"
  /** The parameter that narrows by change time. */
  readonly filter?: string
  /** Sent with every request. */
  readonly fixed?: ReadonlyArray<string>
  readonly perPage?: { readonly name: string; readonly values: ReadonlyArray<number> }
  /** How the program knows that there is another page. */
  readonly pages: ReadonlyArray<"link" | "short" | "total" | "next">
  /** The page size of a list that takes none. */
  readonly size?: number
  /** A call that finds the view first. */
  readonly views?: string
  readonly details: ReadonlyArray<DetailWay>
  readonly milliseconds?: boolean
}

export interface ProductWays {
  readonly account: string
  readonly plans: ReadonlyArray<string>
  readonly routes: ReadonlyArray<"app" | "rule" | "ui">
  readonly authorization: string
  readonly ways: ReadonlyArray<Way>
}

/** Fields that name and date an entity where they are not `id` and `updated_at`. */
export const idFields: Readonly<Record<string, string>> = { asset: "display_id" }
export const stampFields: Readonly<Record<string, string>> = { requester: "updated_time" }

const basic = `Basic ${Buffer.from("key:X").toString("base64")}`
const perPage = (...values: ReadonlyArray<number>) => ({ name: "per_page", values })

const view = (name: string, entity: string): ReadonlyArray<Way> =>
  (["newest", "all"] as const).map((mode) => ({
    entity,
    path: `/crm/sales/api/${name}/view/{view}`,
    views: `/crm/sales/api/${name}/filters`,
    at: name,
    mode,
    size: 25,
    pages: ["total", "short"],
    ...(mode === "newest" ? { fixed: ["sort=updated_at", "sort_type=desc"] } : {}),
    details: [{ path: `/crm/sales/api/${name}/{id}`, entity, at: entity }]
  }))

const ascending = ["order_by=updated_at", "order_type=asc"]

export const products: Readonly<Record<Product, ProductWays>> = {
  freshdesk: {
    account: "acme.freshdesk.com",
    plans: ["estate", "forest"],
    routes: ["app", "rule"],
    authorization: basic,
    ways: [
      {
        entity: "ticket",
        path: "/api/v2/tickets",
        at: "",
        mode: "since",
        filter: "updated_since",
        fixed: ascending,
        perPage: perPage(30, 100),
        pages: ["link", "short"],
        details: [
          { path: "/api/v2/tickets/{id}/conversations", entity: "conversation", at: "" },
          { path: "/api/v2/tickets/{id}", entity: "ticket", at: "" }
        ]
      },
      {
        entity: "ticket",
        path: "/api/v2/tickets",
        at: "",
        mode: "all",
        fixed: ["include=stats"],
        perPage: perPage(100),
        pages: ["link", "short"],
        details: []
      },
      {
        entity: "ticket",
        path: "/api/v2/search/tickets",
        at: "results",
        mode: "search",
        size: 30,
        pages: ["short"],
        details: []
      },
      {
        entity: "contact",
        path: "/api/v2/contacts",
        at: "",
        mode: "since",
        filter: "_updated_since",
        perPage: perPage(50, 100),
        pages: ["link", "short"],
        details: []
      },
      {
        entity: "contact",
        path: "/api/v2/contacts",
        at: "",
        mode: "all",
        perPage: perPage(100),
        pages: ["link", "short"],
        details: []
      },
      {
        entity: "company",
        path: "/api/v2/companies",
        at: "",
        mode: "all",
        perPage: perPage(100),
        pages: ["link"],
        details: [{ path: "/api/v2/companies/{id}", entity: "company", at: "" }]
      }
    ]
  },
  freshservice: {
    account: "acme.freshservice.com",
    plans: ["growth", "enterprise"],
    routes: ["app", "ui"],
    authorization: basic,
    ways: [
      {
        entity: "ticket",
        path: "/api/v2/tickets",
        at: "tickets",
        mode: "since",
        filter: "updated_since",
        fixed: ascending,
        perPage: perPage(30, 100),
        pages: ["link", "short"],
        details: [{ path: "/api/v2/tickets/{id}/conversations", entity: "conversation", at: "conversations" }]
      },
      {
        entity: "change",
        path: "/api/v2/changes",
        at: "changes",
        mode: "since",
        filter: "updated_since",
        perPage: perPage(30, 100),
        pages: ["link"],
        details: [{ path: "/api/v2/changes/{id}", entity: "change", at: "change" }]
      },
      {
        entity: "change",
        path: "/api/v2/changes",
        at: "changes",
        mode: "all",
        perPage: perPage(100),
        pages: ["link", "short"],
        details: []
      },
      {
        entity: "asset",
        path: "/api/v2/assets",
        at: "assets",
        mode: "all",
        perPage: perPage(100),
        pages: ["link", "short"],
        details: []
      },
      {
        entity: "requester",
        path: "/api/v2/requesters",
        at: "requesters",
        mode: "all",
        perPage: perPage(100),
        pages: ["link"],
        details: []
      }
    ]
  },
  freshsales: {
    account: "acme.myfreshworks.com",
    plans: ["pro", "enterprise"],
    routes: ["app", "ui"],
    authorization: "Token token=key",
    ways: [...view("contacts", "contact"), ...view("deals", "deal"), ...view("sales_accounts", "sales_account")]
  },
  freshchat: {
    account: "acme.freshchat.com",
    plans: ["estate", "forest"],
    routes: ["app"],
    authorization: "Bearer key",
    ways: [
      {
        entity: "user",
        path: "/v2/users",
        at: "users",
        mode: "since",
        filter: "updated_from",
        perPage: { name: "items_per_page", values: [20] },
        pages: ["total", "next"],
        details: [],
        milliseconds: true
      },
      {
        entity: "user",
        path: "/v2/users",
        at: "users",
        mode: "all",
        perPage: { name: "items_per_page", values: [20] },
        pages: ["total", "next"],
        details: [
          {
            path: "/v2/users/{id}/conversations",
            entity: "",
            at: "conversations",
            each: { path: "/v2/conversations/{id}", entity: "conversation" }
          }
        ],
        milliseconds: true
      }
    ]
  },
  shop: {
    account: "shop.example",
    plans: ["standard"],
    routes: ["ui"],
    authorization: "Bearer key",
    ways: [
      {
        entity: "order",
        path: "/v1/orders",
        at: "orders",
        mode: "since",
        filter: "changed_after",
        perPage: { name: "limit", values: [50] },
        pages: ["link", "short"],
        details: [{ path: "/v1/orders/{id}", entity: "order", at: "" }]
      },
      {
        entity: "order",
        path: "/v1/orders",
        at: "orders",
        mode: "all",
        perPage: { name: "limit", values: [50] },
        pages: ["link"],
        details: []
      },
      {
        entity: "product",
        path: "/v1/products",
        at: "",
        mode: "all",
        perPage: { name: "limit", values: [50] },
        pages: ["link", "short"],
        details: []
      }
    ]
  }
}
