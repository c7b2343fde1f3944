--- Whom a request comes from, as a text: what keeps the same person at the same place.

local function ip_of(req)
  return req.client.ip
end

-- Gives a function that finds out, and takes the address of the client where there is nothing, so
-- that those without a name do not all end at one place.
local function or_ip(find)
  return function(req) return find(req) or req.client.ip end
end

--- Gives the function that tells who asks.
-- @tparam ?function|string key a function of the request that gives a text or nil, the name of a
-- header, "cookie:name", or "ip" (the default): the address of the client, which is also taken
-- where there is no such header or cookie
-- @treturn function identity(req)
local function identity(key)
  if key == nil or key == "ip" then return ip_of end
  if type(key) == "function" then return or_ip(key) end
  if type(key) ~= "string" then error("key must be a function or a name", 3) end
  local cookie = key:match "^cookie:(.+)$"
  if cookie then
    return or_ip(function(req) return req.cookies[cookie] end)
  end
  return or_ip(function(req) return req.headers[key] end)
end

return identity
