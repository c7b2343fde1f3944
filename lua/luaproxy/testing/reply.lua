--- Replies of a script's own, which request hooks may give: what the proxy can send.

local message = require "luaproxy.testing.message"

--- What is wrong with a reply, or nil.
-- @param reply what the hook returned, but for nil
-- @treturn ?string
local function objection(reply)
  if type(reply) ~= "table" then return "what it returns must be a table or nil" end
  if math.type(reply.status) ~= "integer" or reply.status < 200 or reply.status > 599 then
    return "the status of its reply must be a whole number from 200 to 599"
  elseif reply.body ~= nil and type(reply.body) ~= "string" then
    return "the body of its reply must be a text"
  elseif reply.headers ~= nil and type(reply.headers) ~= "table" then
    return "the headers of its reply must be a table"
  end
  for name, value in pairs(reply.headers or {}) do
    for _, each in ipairs(type(value) == "table" and value or { value }) do
      local why = message.objection(name, each, "response")
      if why then return why end
    end
  end
end

return objection
