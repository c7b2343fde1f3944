--- A small kit for authors of policies: everything that `pick(up, req, ctx)` is given, as plain
-- tables, without a proxy.
--
--     local testing = require "luaproxy.testing"
--
--     local script = assert(loadfile("scripts/leastconn.lua"))()
--     local up = { testing.backend { id = "a", inflight = 3 }, testing.backend { id = "b" } }
--     local chosen = script.pick(up, testing.request(), testing.ctx { all = up })
--     assert(chosen.id == "b")
--
-- Time and chance come in as arguments: the same test always takes the same course.

local testing = {}

-- A copy of DEFAULTS with what OPTIONS say instead. Complains at the caller of the caller.
local function with_defaults(defaults, options)
  local result = {}
  for name, value in pairs(defaults) do result[name] = value end
  for name, value in pairs(options) do
    if defaults[name] == nil then
      error(("unknown option %q"):format(tostring(name)), 3)
    end
    result[name] = value
  end
  return result
end

--- A backend with all the fields it has in the proxy, up and idle unless told otherwise.
-- @tparam ?table options `id`, `addr`, `weight` (1), `tier` (1), `tags`, `data`, `inflight` (0),
-- `up` (true). Of `id` and `addr` one is enough.
-- @treturn table
function testing.backend(options)
  options = options or {}
  local addr = options.addr or options.id and options.id .. ":80" or "127.0.0.1:9001"
  local backend = with_defaults({
    id = addr, addr = addr, weight = 1, tier = 1, tags = {}, data = {}, inflight = 0, up = true,
  }, options)
  return backend
end

-- The texts that stand for one value or for a list of them, joined as the proxy joins fields.
local function joined(value)
  if type(value) ~= "table" then return tostring(value) end
  local texts = {}
  for i, text in ipairs(value) do texts[i] = tostring(text) end
  return table.concat(texts, ", ")
end

-- "a=1; b=2", in the order of the names.
local function cookie_text(cookies)
  local pairs_of = {}
  for name, value in pairs(cookies) do
    pairs_of[#pairs_of + 1] = ("%s=%s"):format(name, value)
  end
  table.sort(pairs_of)
  return table.concat(pairs_of, "; ")
end

-- The first value of each cookie in the text of a field.
local function read_cookies(text)
  local cookies = {}
  for pair in text:gmatch "[^;]+" do
    local name, value = pair:match "^%s*([^=]*)=(.-)%s*$"
    if name then cookies[name] = cookies[name] or value end
  end
  return cookies
end

-- What is read from a request is looked up by GET; nothing can be written.
local function view(get)
  return setmetatable({}, {
    __index = function(_, key) return get(key) end,
    __newindex = function() error("a request cannot be changed here", 2) end,
    __metatable = "request",
  })
end

--- A request as the script sees it. Names of headers can be asked for in any case.
-- @tparam ?table options `method` ("GET"), `path` ("/"), `query` (""), `host` ("localhost"),
-- `headers`: a map of names to a value or to a list of values, `cookies`: a map of names to
-- values, instead of a header, `client`: a table with `ip` ("127.0.0.1") and `port` (40000)
-- @treturn table
function testing.request(options)
  local request = with_defaults({
    method = "GET", path = "/", query = "", host = "localhost", headers = {}, cookies = {},
    client = {},
  }, options or {})
  local headers = { host = request.host }
  if next(request.cookies) then headers.cookie = cookie_text(request.cookies) end
  for name, value in pairs(request.headers) do headers[name:lower()] = joined(value) end
  local cookies = read_cookies(headers.cookie or "")
  local client = { ip = request.client.ip or "127.0.0.1", port = request.client.port or 40000 }

  request.host = headers.host
  request.headers = view(function(name) return headers[name:lower()] end)
  request.cookies = view(function(name) return cookies[name] end)
  request.client = view(function(key) return client[key] end)
  return view(function(key) return request[key] end)
end

-- The upper half of the product of two whole numbers without sign, 128 bits long.
local function upper_half(a, b)
  local a_low, a_high = a & 0xffffffff, a >> 32
  local b_low, b_high = b & 0xffffffff, b >> 32
  local low, cross = a_low * b_low, a_high * b_low
  local middle = (low >> 32) + (cross & 0xffffffff) + a_low * b_high
  return a_high * b_high + (cross >> 32) + (middle >> 32)
end

--- The chance that the proxy hands to scripts: xorshift64*, which a seed makes repeatable.
-- @tparam ?number seed a whole number but 0 (1)
-- @treturn function random(n): a whole number from 1 to n; without n a number in [0, 1)
function testing.random(seed)
  local state = seed or 1
  if math.type(state) ~= "integer" or state == 0 then
    error("the seed must be a whole number but 0", 2)
  end
  return function(n)
    state = state ~ (state >> 12)
    state = state ~ (state << 25)
    state = state ~ (state >> 27)
    local bits = state * 0x2545F4914F6CDD1D
    if n == nil then return (bits >> 11) * 0x1p-53 end
    if math.tointeger(n) == nil or n < 1 then
      error("bad argument #1 to 'random' (must be at least 1)", 2)
    end
    return 1 + upper_half(bits, math.tointeger(n))
  end
end

--- The context of a choice.
-- @tparam ?table options `seed`: of `random` (1), `now`: seconds (0), `attempt` (1), `all`: the
-- list of all backends
-- @treturn table with `now`, `attempt`, `all`, `random`; fields may be changed from pick to pick
function testing.ctx(options)
  local ctx = with_defaults({ seed = 1, now = 0, attempt = 1, all = {} }, options or {})
  ctx.random, ctx.seed = testing.random(ctx.seed), nil
  return ctx
end

-- Calls VISIT with the id of each of N backends that PICK chooses; "-" for none.
local function choose(pick, n, up, ctx, visit)
  ctx = ctx or testing.ctx { all = up }
  local request = testing.request()
  for _ = 1, n do
    local backend = pick(up, request, ctx)
    visit(backend and backend.id or "-")
  end
end

--- Whom a policy chooses, one after the other.
-- @tparam function pick
-- @tparam number n how many times
-- @tparam table up the list of backends
-- @tparam ?table ctx
-- @treturn string the ids with blanks between them; "-" for none
function testing.sequence(pick, n, up, ctx)
  local ids = {}
  choose(pick, n, up, ctx, function(id) ids[#ids + 1] = id end)
  return table.concat(ids, " ")
end

--- How often a policy chooses whom.
-- @tparam function pick
-- @tparam number n how many times
-- @tparam table up the list of backends
-- @tparam ?table ctx
-- @treturn table a map of ids to numbers; 0 for those never chosen
function testing.shares(pick, n, up, ctx)
  local shares = {}
  for _, backend in ipairs(up) do shares[backend.id] = 0 end
  choose(pick, n, up, ctx, function(id) shares[id] = (shares[id] or 0) + 1 end)
  return shares
end

return testing
