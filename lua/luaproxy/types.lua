---@meta luaproxy.types

-- The types of the script interface, for editors that know LuaCATS (lua-language-server). Nothing
-- here is ever run. Let the editor know where it is, in .luarc.json:
--
--     { "workspace.library": ["/usr/local/share/luaproxy/lua"] }
--
-- and say what a table is, and the editor completes the rest:
--
--     ---@type luaproxy.Config
--     local config = { listen = ":8080" }
--     return config

-- What a script returns ---------------------------------------------------------------------------

--- What a script returns. Either `backends` and `pick`, or `pools` and `route`.
---@class luaproxy.Config
---@field listen luaproxy.Listen|luaproxy.Listen[]
---@field backends? (string|luaproxy.BackendEntry)[] whom to choose from
---@field pick? luaproxy.Pick|luaproxy.Policy who gets a request; without it, round robin
---@field pools? table<string, luaproxy.Pool> by name, instead of `backends` and `pick`
---@field route? luaproxy.Route which pool a request goes to
---@field request? luaproxy.RequestHook|luaproxy.WaitingRequestHook sees requests before all else
---@field response? luaproxy.ResponseHook|luaproxy.WaitingResponseHook sees responses before clients
---@field every? table<number, luaproxy.Task> background tasks, by seconds from one to the next
---@field health? luaproxy.Health|false how backends are checked; false: not at all
---@field retry? luaproxy.Retry
---@field timeouts? luaproxy.Timeouts
---@field limits? luaproxy.Limits
---@field allow? luaproxy.Allow
---@field send_proxy? "v1"|"v2"|false which PROXY header connections to backends begin with
---@field host? "keep"|"backend" whose name backends are told as the Host ("keep": the client's)
---@field log? luaproxy.Log

--- ":8080", "127.0.0.1:8080", "[::1]:8080", or a table that begins with one.
---@alias luaproxy.Listen string|luaproxy.ListenEntry

---@class luaproxy.ListenEntry
---@field [1] string
---@field accept_proxy? boolean who is trusted begins with a PROXY header (false)

--- The backends that requests of one kind may go to.
---@class luaproxy.Pool
---@field backends (string|luaproxy.BackendEntry)[]
---@field pick? luaproxy.Pick|luaproxy.Policy
---@field health? luaproxy.Health|false
---@field retry? luaproxy.Retry
---@field timeouts? luaproxy.Timeouts
---@field send_proxy? "v1"|"v2"|false

--- A backend as the script writes it.
---@class luaproxy.BackendEntry
---@field [1] string "host:port" or "http://host:port/"
---@field id? string its name, unique (its address)
---@field weight? integer 1 to 65535 (1)
---@field tier? integer 1 to 1000 (1)
---@field tags? table<string, any> anything of the script's own

--- Health checks.
---@class luaproxy.Health
---@field type? "tcp"|"http" a connection is enough, or a GET must be answered well ("tcp")
---@field path? string what to GET ("/"); makes the type "http"
---@field status? integer the one expected (200 to 399)
---@field every? number seconds from one check to the next (2)
---@field timeout? number seconds that a check may take (1)
---@field rise? integer successes running until a backend is up again (2)
---@field fall? integer failures running until it is down (3)

---@class luaproxy.Retry
---@field tries? integer attempts for one request, 1 to 10, each with another backend (2)

--- Seconds, 0.01 to 86400.
---@class luaproxy.Timeouts
---@field idle? number that a connection without a request is kept (60)
---@field head? number from the first byte of a request to the end of its head (10)
---@field connect? number until a backend has accepted (2)
---@field response? number until a backend that has the request sends the head of its response (30)
---@field stall? number in which nothing of a body moves (30)
---@field hook? number that a hook with `waits = true` may take (10)
---@field tunnel? number in which nothing moves through a tunnel (3600)
---@field drain? number that requests may take to finish after SIGTERM (30); may be 0

---@class luaproxy.Limits
---@field head? integer bytes of a head (32768)
---@field fields? integer fields of a head (100)
---@field body? integer bytes of a request's body (no limit)
---@field connections? integer clients at once (10000)
---@field call? number seconds of CPU that one call into the script may take (0.02)
---@field memory? integer bytes of the script's memory (64 MB)

--- What clients may ask for that is not for everybody.
---@class luaproxy.Allow
---@field connect? boolean CONNECT (false)
---@field upgrade? string|string[]|false protocols, or "any", or none ("websocket")

---@class luaproxy.Log
---@field access? boolean whether there is a line for each request (true)

-- What a script gives to the proxy ----------------------------------------------------------------

--- Chooses one element of `up`, or nobody, which answers 503. A second result, a text, is why.
---@alias luaproxy.Pick
---| fun(up: luaproxy.Backend[], req: luaproxy.Request, ctx: luaproxy.Context): luaproxy.Backend?

--- The name of a pool, or nil, which answers 404.
---@alias luaproxy.Route fun(req: luaproxy.Request, ctx: luaproxy.Context): string?

--- May assign the request's path, query, host and headers, and may answer by itself.
---@alias luaproxy.RequestHook
---| fun(req: luaproxy.WritableRequest, ctx: luaproxy.Context): luaproxy.Reply?

--- May assign the response's status and headers.
---@alias luaproxy.ResponseHook
---| fun(res: luaproxy.Response, req: luaproxy.Request, ctx: luaproxy.Context)

--- A background task: it may wait.
---@alias luaproxy.Task fun(ctx: luaproxy.Context)

--- A request hook that may wait.
---@class luaproxy.WaitingRequestHook
---@field [1] luaproxy.RequestHook
---@field waits true

--- A response hook that may wait.
---@class luaproxy.WaitingResponseHook
---@field [1] luaproxy.ResponseHook
---@field waits true

---@alias luaproxy.Done
---| fun(backend: luaproxy.Backend, result: luaproxy.Result, ctx: luaproxy.Context)

---@alias luaproxy.Changed fun(up: luaproxy.Backend[], ctx: luaproxy.Context)

--- A policy that wants to know more than whom it may choose.
---@class luaproxy.Policy
---@field pick luaproxy.Pick
---@field done? luaproxy.Done after each attempt
---@field changed? luaproxy.Changed before the next pick when `up` has become another table
---@field save? fun(): any plain data, before a reload
---@field restore? fun(data: any) what `save` gave, after a reload

--- An answer of the script's own.
---@class luaproxy.Reply
---@field status integer 200 to 599
---@field headers? table<string, string|string[]>
---@field body? string

-- What the proxy gives to a script ----------------------------------------------------------------

--- A backend and its facts, which the proxy keeps: to read, but for what is in `data`.
---@class luaproxy.Backend
---@field id string its name, unique
---@field addr string "host:port"
---@field weight number
---@field tier integer
---@field tags table<string, any> from the script
---@field inflight integer requests it has now
---@field ewma number? seconds to the head of a response, peak EWMA as of `ewma_at`, if known
---@field ewma_at number? by the clock of `ctx.now`
---@field fails integer attempts that have failed running
---@field since number when it went up or down last, by the clock of `ctx.now`
---@field up boolean whether its health checks say so
---@field data table the script's own, by id; survives a reload if it is plain data

--- A request. It can only be used during the call that it is given to.
---@class luaproxy.Request
---@field method string
---@field path string as it came, without the query
---@field query string without the "?"
---@field host string
---@field headers luaproxy.Headers
---@field cookies table<string, string?> by name
---@field client luaproxy.Client
---@field id string of this request
---@field backend luaproxy.Backend? who has answered; in response hooks only

--- A request that can be assigned to: path, query, host, and headers, of which nil removes one.
---@class luaproxy.WritableRequest: luaproxy.Request

--- By name, in any case; several of one name are joined by ", ", or come as a list from
--- `headers "name"`.
---@class luaproxy.Headers
---@field [string] string|string[]|nil
---@overload fun(name: string): string[]

---@class luaproxy.Client
---@field ip string
---@field port integer

--- A response. Its status and headers can be assigned; nil removes a header.
---@class luaproxy.Response
---@field status integer
---@field headers luaproxy.Headers

--- A whole number from 1 to n; without n, a number in [0, 1).
---@alias luaproxy.Random fun(n?: integer): number

--- The circumstances of a call.
---@class luaproxy.Context
---@field now number seconds, of a clock that never jumps
---@field random luaproxy.Random
---@field attempt integer 1, or higher if others have failed for this request
---@field all luaproxy.Backend[] all of the pool, also those that are down; of all pools in tasks
---@field pool string the name of the pool
---@field pools table<string, luaproxy.Backend[]>? in route, hooks, tasks: the backends of each pool
---@field data table the script's own for this request

--- How an attempt has ended; valid during the call only.
---@class luaproxy.Result
---@field status integer? nil if there was no response
---@field err nil|"connect"|"late"|"reset"|"malformed"|"client"
---@field t number seconds from the start of the attempt to its end
---@field ttfb number? seconds to the head of the response; nil if there was none
---@field bytes integer of the response's body

-- require "luaproxy" ------------------------------------------------------------------------------

--- A text, or its hash.
---@alias luaproxy.Key string|integer

--- A response, or nil and what went wrong.
---@alias luaproxy.Http
---| fun(url: string, options?: luaproxy.HttpOptions): luaproxy.HttpResponse?, string?

--- The hash is SipHash-2-4 without its lowest bit, whose key has 16 bytes. Whoever has the highest
--- score for a key by rendezvous gets it. A Maglev table has two bytes a slot: the index of an id,
--- from 0.
---@class luaproxy.Library
---@field hash fun(text: string, key?: string): integer
---@field rendezvous fun(key: luaproxy.Key, id: luaproxy.Key, weight?: number): number
---@field maglev fun(ids: string[], size: integer, weights?: number[]): string
---@field cache fun(n: integer): table a map of n entries: the least recently used goes first
---@field counter fun(name: string): luaproxy.Counter survives a reload
---@field log fun(...: any) a line in the log
---@field now fun(): number the clock of `ctx.now`
---@field json luaproxy.Json
---@field sleep fun(seconds: number) only in what may wait
---@field http luaproxy.Http only in what may wait

---@class luaproxy.Counter
---@field add fun(self: luaproxy.Counter, n?: integer): integer
---@field get fun(self: luaproxy.Counter): integer

---@class luaproxy.Json
---@field encode fun(value: any): string
---@field decode fun(text: string): any, string? nil and a message if it is no JSON

---@class luaproxy.HttpOptions
---@field method? string ("GET")
---@field headers? table<string, string>
---@field body? string
---@field timeout? number seconds

---@class luaproxy.HttpResponse
---@field status integer
---@field headers table<string, string>
---@field body string

-- require "luaproxy.testing" ----------------------------------------------------------------------

---@alias luaproxy.Sequence
---| fun(pick: luaproxy.Pick, n: integer, up: luaproxy.Backend[], ctx?: luaproxy.Context): string

---@alias luaproxy.Shares
---| fun(pick: luaproxy.Pick, n: integer, up: luaproxy.Backend[], ctx?: luaproxy.Context): table

---@class luaproxy.Testing
---@field backend fun(given?: table): luaproxy.Backend with the fields that are given
---@field request fun(given?: luaproxy.TestingRequest): luaproxy.Request
---@field response fun(given?: luaproxy.TestingResponse): luaproxy.Response
---@field ctx fun(given?: luaproxy.TestingContext): luaproxy.Context
---@field random fun(seed?: integer): luaproxy.Random
---@field sequence luaproxy.Sequence ids with blanks between them
---@field shares luaproxy.Shares how often a policy chooses whom, by id
---@field run fun(f: function, given?: luaproxy.TestingRun): any runs a function that waits
---@field dryrun fun(script: luaproxy.Config, pools?: integer): string[], string[]
---@field policy luaproxy.TestingPolicy

---@class luaproxy.TestingRequest
---@field method? string
---@field path? string
---@field query? string
---@field host? string
---@field headers? table<string, any>
---@field cookies? table<string, string>
---@field client? table
---@field id? string
---@field backend? luaproxy.Backend
---@field writable? boolean true: as request hooks get it

---@class luaproxy.TestingResponse
---@field status? integer
---@field headers? table<string, any>

---@class luaproxy.TestingContext
---@field seed? integer
---@field now? number
---@field attempt? integer
---@field all? luaproxy.Backend[]
---@field pool? string
---@field pools? table<string, luaproxy.Backend[]>
---@field data? table

---@class luaproxy.TestingRun
---@field http? fun(url: string, options: table): luaproxy.HttpResponse?, string?
---@field now? number
---@field ctx? luaproxy.Context
---@field seconds? number

--- The report, or nil, the report as a text, and the report.
---@alias luaproxy.Check
---| fun(policy: any, given?: luaproxy.CheckOptions): luaproxy.Report?, string?, luaproxy.Report?

---@class luaproxy.TestingPolicy
---@field check luaproxy.Check

---@alias luaproxy.Property "usable"|"deterministic"|"fed"|"fair"|"weights"|"disruption"

---@class luaproxy.CheckOptions
---@field pools? integer how many (500)
---@field seed? integer of the first one (1)
---@field skip? luaproxy.Property[]
---@field only? luaproxy.Property
---@field none? boolean whether the policy may choose nobody (false)
---@field strict? boolean whether it must follow weights (false)
---@field moved? number the part of other clients that may move when a backend leaves (0.1)
---@field dress? fun(backend: luaproxy.Backend, random: luaproxy.Random) gives tags and tiers
---@field times? boolean whether to measure (true)
---@field budget? number seconds after which no further pool is begun (2)
---@field weights? integer[] with `seed`, one pool to try again
---@field requests? integer how many it gets

---@class luaproxy.Report
---@field ok boolean
---@field failures luaproxy.Failure[]
---@field notes string[]
---@field times table<integer, number> seconds for a choice, by number of backends
---@field kind "request"|"pool" what the policy goes by
---@field tried integer how many pools

---@class luaproxy.Failure
---@field property luaproxy.Property
---@field promise string
---@field message string
---@field pool string
---@field case table
---@field snippet string
