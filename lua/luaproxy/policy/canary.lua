--- Canary: a share of the people goes to another pool, and stays there.
--
--     route = canary { pool = "canary", otherwise = "stable", percent = 5, key = "cookie:user" }
--
-- A function for `route`. Whoever asks for it by the header ("always" or "never") gets what he
-- asks for. Who belongs to the share depends on who he is and on the name of the pool, so two
-- canaries do not meet the same people; whoever is in it stays when the share grows.

local hash = require "luaproxy".hash
local identity = require "luaproxy.aid.identity"
local options = require "luaproxy.aid.options"

--- Makes the function for `route`.
-- @tparam table given `pool`; `otherwise`: the pool of the others; `percent` of the people (0);
-- `header` ("x-canary"); `key`: who somebody is, a function of the request, the name of a header,
-- "cookie:name" or "ip" (the default)
-- @treturn function route(req)
local function canary(given)
  given = options(given, { "pool", "otherwise", "percent", "header", "key" })
  local pool, otherwise, percent = given.pool, given.otherwise, given.percent or 0
  local header, who = given.header or "x-canary", identity(given.key)
  if type(pool) ~= "string" or type(otherwise) ~= "string" then
    error("canary needs the names of two pools: pool and otherwise", 2)
  end
  if type(percent) ~= "number" or percent < 0 or percent > 100 then
    error("percent must be a number from 0 to 100", 2)
  end
  local salt = pool .. ":"

  return function(req)
    local wish = req.headers[header]
    if wish == "always" then return pool end
    if wish == "never" then return otherwise end
    return hash(salt .. who(req)) % 10000 < percent * 100 and pool or otherwise
  end
end

return canary
