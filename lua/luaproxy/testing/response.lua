--- Responses as a response hook sees them.

local message = require "luaproxy.testing.message"
local options = require "luaproxy.testing.options"

-- Statuses of responses that have no body.
local BODILESS = { [204] = true, [304] = true }

--- A response whose `status` and `headers` can be read and assigned.
-- @tparam ?table given `status` (200), `headers`: a map of names to a value or to a list of values
-- @treturn table
local function new(given)
  local response = options.with_defaults({ status = 200, headers = {} }, given)
  local fields = {}
  for name, value in pairs(response.headers) do fields[name:lower()] = value end
  response.headers = message.headers(fields, "response")
  return setmetatable({}, {
    __index = response,
    __newindex = function(_, key, value)
      if key ~= "status" then
        error(("res.%s cannot be assigned"):format(tostring(key)), 2)
      elseif math.type(value) ~= "integer" or value < 200 or value > 599 then
        error("res.status must be a whole number from 200 to 599", 2)
      elseif (BODILESS[value] or false) ~= (BODILESS[response.status] or false) then
        error(("a response with status %d cannot become one with %d, for its body"):format(
          response.status, value), 2)
      end
      response.status = value
    end,
    __metatable = "response",
  })
end

return new
