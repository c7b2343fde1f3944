--- The options of the kit's functions: tables of which every name is known.

local options = {}

--- Stands in a table of defaults for a field that is known but nil unless given.
options.NONE = {}

--- A copy of the defaults with what is given instead. What it does not know is a mistake of who has
-- called the caller.
-- @tparam table defaults
-- @tparam ?table given
-- @treturn table
function options.with_defaults(defaults, given)
  local result = {}
  for name, value in pairs(defaults) do
    if value ~= options.NONE then result[name] = value end
  end
  for name, value in pairs(given or {}) do
    if defaults[name] == nil then
      error(("unknown option %q"):format(tostring(name)), 3)
    end
    result[name] = value
  end
  return result
end

return options
