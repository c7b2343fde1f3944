--- Limits of rate by key: so many at once, and then so many a second.
--
--     request = luaproxy.limit { rate = 10, burst = 100 }        -- for each client's address
--
--     local logins = luaproxy.limit { rate = 1, burst = 5, key = function(req) ... end }
--     request = function(req, ctx)
--       if req.path == "/login" then return logins(req, ctx) end
--     end
--
--     local ok, wait = logins:allow("anything", ctx.now)         -- wherever else it is of use
--
-- It is the token bucket as ATM's generic cell rate algorithm has it: of each key one number is
-- kept, the moment at which its bucket will be full again, and of the latest keys only.

local cache = require "luaproxy.cache"
local options = require "luaproxy.aid.options"

local SIZE = 20000   -- keys

-- Complains at the caller of the caller unless VALUE is a number from LEAST on.
local function check_number(name, value, least)
  if type(value) ~= "number" or not (value >= least and value < math.huge) then
    error(("limit: %s must be a number from %g on"):format(name, least), 3)
  end
  return value
end

local function ip_of(req)
  return req.client.ip
end

-- How many there may be, of what each counts for COST.
local function new_bucket(rate, burst, size)
  local full_at = cache(size)
  local depth = burst / rate
  -- More than what is an error of rounding.
  local little = math.min(1e-6, 0.01 / rate)

  return function(key, now, cost)
    if cost > burst then return false, math.huge end
    local full = math.max(full_at[key] or now, now) + cost / rate
    local wait = full - depth - now
    if wait > little then return false, wait end
    full_at[key] = full
    return true
  end
end

local function reply(wait)
  return {
    status = 429,
    headers = { ["Retry-After"] = ("%.0f"):format(math.max(1, math.ceil(wait))) },
    body = "Slow down.\n",
  }
end

--- Makes a limit. It is a request hook, and can be called as one: it returns nil, or a reply with
-- status 429 and a Retry-After. And it has a method `allow(key, now, cost)`, which counts for COST
-- (1) and returns true, or counts nothing and returns false and the seconds until it would.
-- @tparam table given `rate`: a second; `burst`: at once (as many as in a second, 1 at least);
-- `key`: a function of the request and the context whose result is limited (the client's address),
-- nil is not; `size`: keys that are remembered (20000), those that were used last
-- @treturn table
local function limit(given)
  given = options(given, { "rate", "burst", "key", "size" })
  local rate = check_number("rate", given.rate, 1e-9)
  local burst = check_number("burst", given.burst or math.max(1, rate), 1)
  local size = math.tointeger(check_number("size", given.size or SIZE, 1))
  local key_of = given.key or ip_of
  if not size then error("limit: size must be a whole number", 2) end
  if type(key_of) ~= "function" then error("limit: key must be a function", 2) end
  local take = new_bucket(rate, burst, size)

  local function hook(req, ctx)
    local key = key_of(req, ctx)
    if key == nil then return nil end
    local ok, wait = take(key, ctx.now, 1)
    if not ok then return reply(wait) end
  end

  local function allow(_, key, now, cost)
    if key == nil then return true end
    return take(key, check_number("now", now, -math.huge), check_number("cost", cost or 1, 0))
  end

  return setmetatable({ hook }, {
    __index = { allow = allow },
    __call = function(_, req, ctx) return hook(req, ctx) end,
    __metatable = "limit",
  })
end

return limit
