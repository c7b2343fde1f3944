--- What a script may use besides Lua's own: `local luaproxy = require "luaproxy"`.
--
-- It is the same in the proxy and in plain lua5.4, and gives the same results: what the core has
-- is the core's, everything else is in Lua.
--
--     hash(text [, key])                 a whole number from 0 to 2^63 - 1
--     rendezvous(key, id [, weight])     how much id is wanted for key: the highest score gets it
--     maglev(ids, size [, weights])      a lookup table, as a string
--     cache(n)                           a map with room for n entries: who was used last stays
--     limit { rate, burst, key }         a request hook that answers 429; or l:allow(key, now)
--     counter(name)                      c:add(n), c:get(); survives a reload
--     log(...)                           a line in the log
--     now()                              the clock of ctx.now, in seconds
--     json.encode(value)                 a text
--     json.decode(text)                  a value, or nil and a message
--     sleep(seconds)                     only where a script may wait
--     http(url [, options])              there, too: a response, or nil and a message

local core = package.loaded["luaproxy.core"] or {}
local pure = require "luaproxy.pure"

---@type luaproxy.Library
local luaproxy = {
  cache = require "luaproxy.cache",
  json = require "luaproxy.json",
  limit = require "luaproxy.limit",
}

local either = { "hash", "rendezvous", "maglev", "counter", "log", "now", "sleep", "http" }
for _, name in ipairs(either) do luaproxy[name] = core[name] or pure[name] end

return luaproxy
