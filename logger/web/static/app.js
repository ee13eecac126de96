// What every page has with JavaScript; without it all of them work by forms and reloads.

import "./ages.js";
import "./locking.js";
import "./unsaved.js";
