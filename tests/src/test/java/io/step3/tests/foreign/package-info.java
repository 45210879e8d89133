/**
 * Pictures drawn by code that shares nothing with the lessons, and questions about them: what
 * Step3-Tiny makes of drawings that its training did not draw.
 */
package io.step3.tests.foreign;
